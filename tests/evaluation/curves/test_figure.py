"""Curves by matplotlib."""

import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from spacy_bert_ext.evaluation.curves import figure
from spacy_bert_ext.evaluation.curves.figure import write_figure
from spacy_bert_ext.evaluation.curves.panels import Panel

CURVES = {f"c{i}": [(0, 1.0), (10, 2.0 + i)] for i in range(8)}
PANELS = [
    Panel("scores, %", CURVES, best=10),
    Panel("loss", CURVES, is_logarithmic=True),
    Panel("one", {"a": [(0, 0.5)]}),
]


@pytest.mark.parametrize("kind, start", [("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_figures(tmp_path: Path, kind: str, start: bytes) -> None:
    pytest.importorskip("matplotlib")
    had_pyplot = "matplotlib.pyplot" in sys.modules  # by a test of this process
    write_figure(PANELS, 10, tmp_path / "new", kind=kind)
    assert (tmp_path / "new").read_bytes().startswith(start)
    assert had_pyplot or "matplotlib.pyplot" not in sys.modules  # no window, no state


def test_without_matplotlib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def find_spec(name: str) -> ModuleSpec | None:
        return None

    monkeypatch.setattr(figure, "find_spec", find_spec)
    with pytest.raises(ImportError, match=r"\[B534\] A picture in PNG: .*matplotlib.*spacy-bert-ext\[plots\]"):
        write_figure(PANELS, 10, tmp_path / "new.png", kind="png")
