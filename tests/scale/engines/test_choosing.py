"""Which engine options ask for."""

import sys

import pytest

from spacy_bert_ext.scale.engines import ray_data
from spacy_bert_ext.scale.engines.choosing import Choice, engine_of
from spacy_bert_ext.scale.engines.engine import Local
from spacy_bert_ext.scale.engines.processes import Processes
from spacy_bert_ext.scale.engines.ray_data import RayData
from tests.coded import raises_code

NOTHING = Choice(None, None, None, None, "texts.txt")


def test_without_options_it_is_this_process() -> None:
    engine, device = engine_of(NOTHING)
    assert isinstance(engine, Local) and device == "auto"
    assert engine_of(NOTHING._replace(devices="1", workers=1))[1] == "cuda:1"
    assert engine_of(NOTHING._replace(devices="cpu"))[1] == "cpu"


def test_several_workers_are_processes() -> None:
    engine, device = engine_of(NOTHING._replace(workers=3))
    assert isinstance(engine, Processes) and engine.n_workers == 3 and engine.devices == () and device == "auto"
    engine, _ = engine_of(NOTHING._replace(devices="0, 1"))
    assert isinstance(engine, Processes) and engine.n_workers == 2 and engine.devices == ("cuda:0", "cuda:1")


def test_ray(monkeypatch) -> None:
    monkeypatch.setattr(ray_data, "needs", lambda *_: None)
    engine, device = engine_of(NOTHING._replace(address="auto", workers=4))
    assert isinstance(engine, RayData) and vars(engine) == {"n_workers": 4, "address": "auto", "uses_gpus": None}
    assert device == "auto"
    assert engine_of(NOTHING._replace(engine="ray", devices="0,1"))[0].uses_gpus
    assert engine_of(NOTHING._replace(engine="ray", devices="cpu"))[0].uses_gpus is False
    with raises_code("B535", match="'ray://head:10001' is the address of a Ray client"):
        engine_of(NOTHING._replace(address="ray://head:10001"))
    with raises_code("B533", match="`--engine ray` does not go with standard input"):
        engine_of(NOTHING._replace(engine="ray", source="-"))


def test_what_does_not_go_together_is_told(monkeypatch) -> None:
    with raises_code("B010", match="'spark' for `--engine`"):
        engine_of(NOTHING._replace(engine="spark"))
    with raises_code("B533", match="`--engine local` does not go with 2 workers"):
        engine_of(NOTHING._replace(engine="local", workers=2))
    with raises_code("B533", match="`--workers 1` does not go with a list of 2 devices. Use --workers 2"):
        engine_of(NOTHING._replace(devices="0,1", workers=1))
    with raises_code("B533", match="`--engine local` does not go with --address. Use --engine ray"):
        engine_of(NOTHING._replace(engine="local", address="auto"))
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setattr("spacy_bert_ext.scale.needed.find_spec", lambda name: None)
    with pytest.raises(ImportError, match="B534"):
        engine_of(NOTHING._replace(engine="ray"))
