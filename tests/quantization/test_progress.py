"""Bars are drawn on the standard error, one for each step, and go when it is done."""

from contextlib import closing

import pytest

from spacy_bert_ext.quantization.progress import Bars, bar


def test_a_bar(capsys: pytest.CaptureFixture[str]) -> None:
    with bar("Scoring", 3, "Docs") as progress:
        progress.update(3)
    found = capsys.readouterr()
    assert "Scoring" in found.err and not found.out


def test_bars_of_steps(capsys: pytest.CaptureFixture[str]) -> None:
    with closing(Bars()) as progress:
        progress("Exporting", 0, 1)
        progress("Exporting", 1, 1)
        progress("Calibrating", 2, 4)
        progress("Calibrating", 4, 4)
    found = capsys.readouterr()
    assert "Exporting" in found.err and "Calibrating" in found.err


def test_nothing_was_done(capsys: pytest.CaptureFixture[str]) -> None:
    with closing(Bars()):
        pass
    assert capsys.readouterr().err == ""
