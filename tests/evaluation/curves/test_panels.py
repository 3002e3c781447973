"""Which curves share an axis, and where it has its marks."""

from pathlib import Path

import pytest

from spacy_bert_ext.evaluation.curves.panels import (
    Panel,
    best_step,
    linear_ticks,
    logarithmic_ticks,
    panels_of,
    tick_label,
)
from spacy_bert_ext.training.log_file import read_log
from tests.evaluation.curves.logs import make_log, row


def test_panels_of_two_heads(tmp_path: Path) -> None:
    loss, scores, encoder, heads, speed = panels_of(read_log(make_log(tmp_path)))
    assert loss.title == "loss of a step" and loss.is_logarithmic
    assert loss.curves == {"ner": [(0, 4.0), (10, 2.0), (20, 0.5)], "cat": [(0, 2.0), (10, 0.01), (20, 0.01)]}
    assert scores.title == "scores, %" and scores.best == 10
    assert list(scores.curves) == ["ents_f", "cats_f", "score"]
    assert scores.curves["score"] == [(0, 25.0), (10, 85.0), (20, 85.0)]
    assert encoder.curves == {"learning rate of the encoder": [(0, 0.0), (10, 1e-5), (20, 2e-5)]}
    assert heads.title == "learning rate of the heads" and heads.from_zero
    assert speed.curves == {"words per second": [(10, 1000.0), (20, 1000.0)]}
    assert speed.ticks() == [0, 200, 400, 600, 800, 1000]


def test_the_score_of_the_pipeline_is_not_shown_twice() -> None:
    rows = [row(i, scores={"ents_f": 10.0 * i, "ents_p": 1.0}, score=0.1 * i) for i in range(3)]
    (scores,) = panels_of(rows)
    assert list(scores.curves) == ["ents_f", "ents_p"] and scores.best == 2


def test_scores_with_another_unit_have_panels_of_their_own() -> None:
    """Those of a language model: its probability is the score."""
    found = {"mlm_probability": 0.1, "mlm_perplexity": 10.0, "mlm_accuracy": 40.0}
    panels = panels_of([row(0, scores=found, score=0.1), row(5, scores=found, score=0.2)])
    assert [panel.title for panel in panels] == ["scores, %", "Ppl"]
    assert list(panels[0].curves) == ["mlm_accuracy", "score"] and panels[1].best == 5


def test_what_is_not_known_is_left_out() -> None:
    assert panels_of([row(0)]) == [] and best_step([row(0)]) is None
    nan = [row(0, losses={"ner": float("nan")}, score=float("nan")), row(4, losses={"ner": 8.0})]
    assert panels_of(nan) == [Panel("loss of a step", {"ner": [(4, 2.0)]})] and best_step(nan) is None


@pytest.mark.parametrize(
    "low, high, expected",
    [
        (0, 100, [0, 20, 40, 60, 80, 100]),
        (61, 74.5, [60, 65, 70, 75]),
        (0, 3e-5, [0, 1e-5, 2e-5, 3e-5]),
        (50, 50, [20, 30, 40, 50, 60, 70, 80]),
        (0, 0, [0, 0.2, 0.4, 0.6, 0.8, 1]),
    ],
)
def test_linear_ticks(low: float, high: float, expected: list[float]) -> None:
    assert linear_ticks(low, high) == pytest.approx(expected)


def test_logarithmic_ticks() -> None:
    assert logarithmic_ticks(0.02, 3) == pytest.approx([0.01, 0.1, 1, 10])
    assert logarithmic_ticks(10, 10) == pytest.approx([10, 100])
    assert Panel("loss", {"ner": [(0, 0.02), (1, 3.0)]}, is_logarithmic=True).ticks() == logarithmic_ticks(0.02, 3)


@pytest.mark.parametrize("value, label", [(0, "0"), (0.5, "0.5"), (1500, "1,500"), (5e-5, "5e-5"), (2e-4, "2e-4")])
def test_labels_are_short(value: float, label: str) -> None:
    assert tick_label(value) == label
