"""Training warns once when it is slow and other processes want the cores."""

import os
import warnings

import pytest

from spacy_bert_ext.training import slowness
from spacy_bert_ext.training.slowness import Slowness, load_of_machine


def set_machine(monkeypatch: pytest.MonkeyPatch, load: float | None, cores: int = 2) -> None:
    monkeypatch.setattr(slowness, "load_of_machine", lambda: load)
    monkeypatch.setattr(slowness, "available_cores", lambda: cores)


def test_it_warns_once(monkeypatch: pytest.MonkeyPatch) -> None:
    set_machine(monkeypatch, load=4.2)
    noted = Slowness()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for words_per_second in (None, 800.0, 1000.0, 501.0):
            noted.note(words_per_second)
    with pytest.warns(UserWarning, match=r"\[B340\].* 499 words/s, at best it did 1,000.*4\.2 on 2 cores.*threads = 1"):
        noted.note(499.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        noted.note(10.0)


@pytest.mark.parametrize("load", [None, 2.0, 2.5])
def test_without_load_it_is_something_else(monkeypatch: pytest.MonkeyPatch, load: float | None) -> None:
    set_machine(monkeypatch, load=load)
    noted = Slowness()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        noted.note(1000.0)
        noted.note(1.0)


def test_a_system_that_tells_no_load(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OSError

    monkeypatch.setattr(os, "getloadavg", fail, raising=False)
    assert load_of_machine() is None
    monkeypatch.delattr(os, "getloadavg")
    assert load_of_machine() is None
