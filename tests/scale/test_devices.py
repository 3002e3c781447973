"""Which device an engine has assigned. Ray and Spark themselves: `test_engines_of_others.py`."""

import sys
from types import SimpleNamespace

import pytest

from spacy_bert_ext.scale.devices import chosen_device


def ray(gpus: list[int], mode: int = 1, *, initialized: bool = True) -> SimpleNamespace:
    context = SimpleNamespace(worker=SimpleNamespace(mode=mode))
    return SimpleNamespace(
        WORKER_MODE=1,
        is_initialized=lambda: initialized,
        get_runtime_context=lambda: context,
        get_gpu_ids=lambda: gpus,
    )


def spark(resources: dict | None) -> SimpleNamespace:
    context = None if resources is None else SimpleNamespace(resources=lambda: resources)
    return SimpleNamespace(TaskContext=SimpleNamespace(get=lambda: context))


@pytest.mark.parametrize(
    ("engine", "module", "expected"),
    [
        ("ray", ray([3]), "cuda:0"),
        ("ray", ray([]), "cpu"),
        ("ray", ray([3], mode=0), "auto"),
        ("ray", ray([3], initialized=False), "auto"),
        ("pyspark", spark({"gpu": SimpleNamespace(addresses=["2"])}), "cuda:2"),
        ("pyspark", spark({}), "auto"),
        ("pyspark", spark(None), "auto"),
    ],
)
def test_auto_takes_what_the_engine_has_assigned(monkeypatch, engine: str, module: object, expected: str) -> None:
    for name in ("ray", "pyspark"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    assert chosen_device("auto") == "auto"
    monkeypatch.setitem(sys.modules, engine, module)
    assert chosen_device("auto") == expected and chosen_device("cuda:1") == "cuda:1"
