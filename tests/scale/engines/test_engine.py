"""The engine of this process."""

from pathlib import Path

from spacy_bert_ext.scale.engines.engine import Local
from spacy_bert_ext.scale.pending import Pending
from spacy_bert_ext.scale.work import Work
from tests.scale.ruled import make_job


def test_chunks_are_done_as_they_are_asked_for(ruled: Path, texts: Path, tmp_path: Path) -> None:
    job = make_job(ruled, texts, tmp_path / "out.jsonl")
    (done,) = Local().run(Work(job.annotate, job.sink), Pending(job.source, None))
    assert done.number == 0 and done.entry.rows == 7 and done.data.count(b"PERSON") == 7
