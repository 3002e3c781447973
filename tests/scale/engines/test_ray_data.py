"""Ray Data gives what this process gives, in order, with one load for each actor. `make test-engines` has Ray."""

import json
import os
from pathlib import Path

import pytest

from spacy_bert_ext.scale.annotate import Annotate
from spacy_bert_ext.scale.engines.engine import Local
from spacy_bert_ext.scale.engines.ray_data import RayData
from spacy_bert_ext.scale.loaded_pipeline import Found
from spacy_bert_ext.scale.loading import loaded_here
from spacy_bert_ext.scale.pending import Pending
from spacy_bert_ext.scale.rows import Chunk, Row
from spacy_bert_ext.scale.sinks.streamed import JsonLines
from spacy_bert_ext.scale.sources.source import Source
from spacy_bert_ext.scale.work import Done, Work

ray = pytest.importorskip("ray")
pytest.importorskip("pyarrow")


class RowByRow(Source):
    def chunks(self):
        for i in range(7):
            yield Chunk(i, [Row({"text": f"Ada {i}"})], i)


class Broken(Source):
    def chunks(self):
        raise ValueError("it is broken")


class Loads(Annotate):
    """Tells process and loads in place of annotations."""

    def annotate(self, inputs):
        super().annotate(inputs)
        return [Found(None, f"{os.getpid()} {loaded_here.n_loads}") for _ in inputs]


@pytest.fixture(scope="module", autouse=True)
def _cluster():
    ray.init(num_cpus=3, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


PENDING = Pending(RowByRow("", "text"), None)


def run(annotate: Annotate, pending: Pending) -> list[Done]:
    return list(RayData(2, None, uses_gpus=None).run(Work(annotate, JsonLines()), pending))


def test_chunks_come_in_order(ruled: Path) -> None:
    annotate = Annotate(ruled, columns=("ents",))
    assert run(annotate, PENDING) == list(Local().run(Work(annotate, JsonLines()), PENDING))
    assert ray.is_initialized()


def test_each_actor_loads_once(ruled: Path) -> None:
    found = [json.loads(done.data)["error"].split() for done in run(Loads(ruled, columns=()), PENDING)]
    assert {n_loads for _, n_loads in found} == {"1"} and len({process for process, _ in found}) <= 2


def test_errors_come_back(ruled: Path) -> None:
    with pytest.raises(ValueError, match="it is broken"):
        run(Annotate(ruled), Pending(Broken("", "text"), None))
    with pytest.raises(ValueError, match="B520"):
        run(Annotate("nowhere"), PENDING)
