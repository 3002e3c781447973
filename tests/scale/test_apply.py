"""A job is done in one go, or killed anywhere and begun again: the output is the same."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from spacy_bert_ext.files.unfinished import held
from spacy_bert_ext.scale import apply as module
from spacy_bert_ext.scale import rows
from spacy_bert_ext.scale.apply import Job, apply, stream
from spacy_bert_ext.scale.engines.engine import Engine, Local
from spacy_bert_ext.scale.sinks.doc_bins import DocBins
from spacy_bert_ext.scale.sinks.tables import Csv
from tests.coded import raises_code
from tests.scale.ruled import make_job, make_ruled


class KilledError(Exception):
    pass


class KilledAfter(Engine):
    """Does some of the chunks."""

    def __init__(self, n_chunks: int) -> None:
        self.n_chunks = n_chunks

    def run(self, work, pending) -> Iterator:
        for _, done in zip(range(self.n_chunks), Local().run(work, pending)):
            yield done
        raise KilledError


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch) -> None:
    monkeypatch.setattr(rows, "CHUNK_ROWS", 2)


@pytest.fixture
def job(ruled: Path, texts: Path, tmp_path: Path) -> Job:
    return make_job(ruled, texts, tmp_path / "out.jsonl")


def do(job: Job, engine: Engine | None = None, *, force: bool = False) -> tuple:
    told: list[tuple[int, int]] = []
    return *apply(job, engine or Local(), force=force, tell=lambda *now: told.append(now)), told


def test_a_job_in_one_go(job: Job, texts: Path) -> None:
    n_rows, n_before, faults, told = do(job)
    found = [json.loads(line) for line in job.output.read_text(encoding="utf8").splitlines()]
    assert [row["text"] for row in found] == texts.read_text(encoding="utf8").splitlines()
    assert [row["ents"][0]["label"] for row in found] == ["PERSON"] * 7
    assert (n_rows, n_before, faults) == (7, 0, {}) and not job.folder.exists()
    assert [n for n, _ in told] == [0, 2, 4, 6, 7] and told[-1][1] == texts.stat().st_size


@pytest.mark.parametrize("n_chunks", range(5))
@pytest.mark.parametrize("sink", [None, Csv(), DocBins("text", ["ents", "error"])])
def test_a_killed_job_goes_on(job: Job, sink, n_chunks: int, ruled: Path, texts: Path, tmp_path: Path) -> None:
    if sink is not None:
        job = make_job(ruled, texts, tmp_path / "out", sink)
        object.__setattr__(job.annotate, "columns", ("ents", "doc"))
    do(job)
    expected = job.output.read_bytes()
    job.output.unlink()
    with pytest.raises(KilledError):
        do(job, KilledAfter(n_chunks))
    assert not job.output.exists()
    n_rows, n_before, _, told = do(job)
    assert job.output.read_bytes() == expected and n_rows == 7 and n_before == min(7, 2 * n_chunks)
    assert told[0][0] == n_before and not job.folder.exists()


def test_a_job_that_was_killed_at_its_end_is_finished(job: Job, monkeypatch) -> None:
    do(job)
    expected = job.output.read_bytes()
    job.output.unlink()
    for name in ("take_place", "rmtree"):
        with pytest.MonkeyPatch.context() as patch:
            place = module if name == "take_place" else shutil
            original = getattr(place, name)

            def die(*args, name=name, original=original, **kwargs):
                if name == "rmtree" or args[1] == job.output:
                    raise KilledError
                return original(*args, **kwargs)

            patch.setattr(place, name, die)
            with pytest.raises(KilledError):
                do(job)
        assert do(job)[0] == 7
        assert job.output.read_bytes() == expected and not job.folder.exists()
        job.output.unlink()


def test_an_output_that_is_there_stays_without_force(job: Job) -> None:
    job.output.write_text("mine", encoding="utf8")
    with raises_code("B527", match=r"out\.jsonl"):
        do(job)
    with pytest.raises(KilledError):
        do(job, KilledAfter(1), force=True)
    assert job.output.read_text(encoding="utf8") == "mine"
    do(job)
    assert len(job.output.read_text(encoding="utf8").splitlines()) == 7


def test_a_job_that_has_done_nothing_may_be_corrected(job: Job, ruled: Path, texts: Path) -> None:
    with pytest.raises(KilledError):
        do(job, KilledAfter(0))
    assert do(make_job(ruled, texts, job.output, max_chars=99))[:2] == (7, 0)


def test_another_job_is_told(job: Job, ruled: Path, texts: Path, tmp_path: Path) -> None:
    with pytest.raises(KilledError):
        do(job, KilledAfter(1))
    nlp = make_ruled()
    nlp.meta["version"] = "9"
    nlp.to_disk(tmp_path / "other")
    changed = make_job(tmp_path / "other", texts, job.output, max_chars=7)
    with raises_code("B528", match="Changed since: pipeline, limit of characters. Change"):
        do(changed)
    texts.write_text("other\nwords\n", encoding="utf8")
    with raises_code("B529", match="Rows 1 to 2"):
        do(job)
    assert do(changed, force=True)[:2] == (2, 0)


def test_two_processes_do_not_write_one_output(job: Job) -> None:
    job.folder.mkdir()
    with held(job.folder), raises_code("B532", match=r"out\.jsonl"):
        do(job)


def test_a_stream_keeps_nothing(job: Job, tmp_path: Path) -> None:
    told: list[int] = []
    data = b"".join(stream(job, Local(), lambda n_rows, _: told.append(n_rows)))
    assert len(data.splitlines()) == 7 and told == [2, 4, 6, 7] and not job.folder.exists()
    do(job)
    assert job.output.read_bytes() == data


def test_rows_that_are_wrong_are_counted(job: Job, texts: Path) -> None:
    texts.write_bytes(b"Ada\n\xff\nEva\nx\xfe\n")
    assert do(job)[:3] == (4, 0, {"no UTF-8: byte 0xff at character …": 1, "no UTF-8: byte 0xfe at character …": 1})
    assert [json.loads(line)["text"] for line in job.output.read_text(encoding="utf8").splitlines()][1] == "\ufffd"
