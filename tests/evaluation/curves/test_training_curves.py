"""The curves of a training, in Python."""

from pathlib import Path

import pytest

import spacy_bert_ext
from spacy_bert_ext.evaluation.curves.training_curves import TrainingCurves
from tests.evaluation.curves.logs import make_log, row


def test_curves_of_a_training(tmp_path: Path) -> None:
    curves = spacy_bert_ext.training_curves(make_log(tmp_path))
    assert (len(curves.rows), curves.last_step, curves.best_step) == (3, 20, 10)
    assert repr(curves) == "TrainingCurves(3 evaluations, 20 steps)"
    assert len(curves.panels) == 5 and curves._repr_svg_() == curves.to_svg()
    curves.save(tmp_path / "curves.SVG")
    assert (tmp_path / "curves.SVG").read_text() == curves.to_svg()
    pytest.importorskip("matplotlib")
    curves.save(str(tmp_path / "curves.png"))
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_other_endings_are_refused(tmp_path: Path) -> None:
    for name in ("curves.gif", "curves"):
        with pytest.raises(ValueError, match=r"\[B586\].*\.png, \.svg, \.pdf"):
            TrainingCurves([row(0)]).save(tmp_path / name)
