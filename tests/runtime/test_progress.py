"""Bars are drawn on the standard error of a terminal, after a while, and go when the work is done."""

import io
import sys
import time
from contextlib import closing

import pytest

from spacy_bert_ext.runtime import progress
from spacy_bert_ext.runtime.progress import Bars, bar, counted, working


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def on_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """The standard error; bars are shown at once. No fixture: pytest sets it anew before the test."""
    found = Terminal()
    monkeypatch.setattr(sys, "stderr", found)
    monkeypatch.setattr(progress, "SHOWN_AFTER", 0.0)
    return found


def test_a_bar_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    with bar("Scoring", 3) as shown:
        shown.update(3)
    assert "Scoring" in terminal.getvalue() and "Docs" in terminal.getvalue()


def test_items_are_counted_when_they_are_done(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    items = counted(iter("abc"), "Reading", 3, "letters")
    assert [next(items), next(items)] == ["a", "b"]
    assert list(items) == ["c"] and "Reading" in terminal.getvalue() and "letters" in terminal.getvalue()


def test_work_is_shown_for_as_long_as_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    with working("Loading"):
        for _ in range(100):
            if "Loading, 00:0" in terminal.getvalue():
                break
            time.sleep(0.05)
    assert "Loading, 00:0" in terminal.getvalue() and terminal.getvalue().endswith("\r")  # wiped


def test_nothing_is_shown_soon_or_where_there_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream in (Terminal(), io.StringIO()):
        monkeypatch.setattr(sys, "stderr", stream)
        monkeypatch.setattr(progress, "SHOWN_AFTER", 1000.0 if stream.isatty() else 0.0)
        with working("Loading"), bar("Scoring", 3) as shown:
            shown.update(3)
        assert stream.getvalue() == ""


def test_bars_of_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    with closing(Bars()) as steps:
        steps("Exporting", 0, 1)
        steps("Exporting", 1, 1)
        steps("Calibrating", 2, 4)
        steps("Calibrating", 4, 4)
    assert "Exporting" in terminal.getvalue() and "Calibrating" in terminal.getvalue()


def test_nothing_was_done(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    with closing(Bars()):
        pass
    assert terminal.getvalue() == ""
