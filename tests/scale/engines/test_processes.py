"""Workers give what this process gives, in order."""

import multiprocessing
import os
import time
from contextlib import closing
from pathlib import Path

import pytest

from spacy_bert_ext.scale import rows
from spacy_bert_ext.scale.annotate import Annotate
from spacy_bert_ext.scale.engines import processes
from spacy_bert_ext.scale.engines.engine import Local
from spacy_bert_ext.scale.engines.processes import Processes
from spacy_bert_ext.scale.pending import Pending
from spacy_bert_ext.scale.work import Work
from tests.coded import raises_code
from tests.scale.ruled import make_job


class Dies(Annotate):
    def annotate(self, inputs):
        os._exit(1)


class TellsDevice(Annotate):
    def annotate(self, inputs):
        raise ValueError(self.device)


class NeverEnds(Annotate):
    """With the second chunk."""

    def annotate(self, inputs):
        if inputs[0].text.text == "Ada 1":
            time.sleep(3600)
        return super().annotate(inputs)


def test_a_job_that_is_stopped_does_not_wait_for_its_workers(
    ruled: Path, texts: Path, tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr(rows, "CHUNK_ROWS", 1)
    texts.write_text("Ada 0\nAda 1\nAda 2\n", encoding="utf8")
    job = make_job(ruled, texts, tmp_path / "out.jsonl")
    before = multiprocessing.active_children()
    with closing(Processes(1).run(Work(NeverEnds(ruled), job.sink), Pending(job.source, None))) as results:
        assert next(results).number == 0
        assert len(multiprocessing.active_children()) == len(before) + 1
    assert multiprocessing.active_children() == before


def test_chunks_come_in_order(ruled: Path, texts: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(rows, "CHUNK_ROWS", 1)
    job = make_job(ruled, texts, tmp_path / "out.jsonl")
    work, pending = Work(job.annotate, job.sink), Pending(job.source, None)
    assert list(Processes(2).run(work, pending)) == list(Local().run(work, pending))


def test_a_worker_that_dies_is_told(ruled: Path, texts: Path, tmp_path: Path) -> None:
    job = make_job(ruled, texts, tmp_path / "out.jsonl")
    with raises_code("B530", match="One of 1 processes"):
        list(Processes(1).run(Work(Dies(ruled), job.sink), Pending(job.source, None)))


def test_workers_take_devices_and_their_errors_come_back(ruled: Path, texts: Path, tmp_path: Path) -> None:
    job = make_job(ruled, texts, tmp_path / "out.jsonl")
    with pytest.raises(ValueError, match="cuda:3"):
        list(Processes(1, ["cuda:3"]).run(Work(TellsDevice(ruled), job.sink), Pending(job.source, None)))


def test_a_worker_needs_work() -> None:
    with pytest.raises(RuntimeError, match="before it was told"):
        processes._do(None)
