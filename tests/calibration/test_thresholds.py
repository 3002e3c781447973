"""The best threshold of a label, by hand and against trying all."""

import numpy as np
import pytest

from spacy_bert_ext.calibration.thresholds import best_threshold, f1


def found(scores: list[float], positive: list[int]) -> float | None:
    return best_threshold(np.array(scores), np.array(positive, dtype=bool))


@pytest.mark.parametrize(
    ("scores", "positive", "expected"),
    [
        # F1 with 1, 2, 3, 4 predicted: 2/3, 1/2, 4/5, 2/3.
        ([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1], 0.225),
        # All positives: everything is predicted, midway between the lowest score and 0.
        ([0.6, 0.8], [1, 1], 0.3),
        # F1 with 1, 2, 3, 4 predicted: 2/4, 2/5, 4/6, 6/7.
        ([0.9, 0.8, 0.7, 0.2], [1, 0, 1, 1], 0.1),
        # F1 2/3 with one predicted and with four; 0.75 is nearer to 0.5 than 0.2.
        ([0.9, 0.6, 0.5, 0.4, 0.0], [1, 0, 0, 1, 0], 0.75),
        # Equal scores can't be told apart.
        ([0.7, 0.7, 0.1], [1, 0, 0], 0.4),
        # Nothing below a score of 0: everything is predicted.
        ([0.0, 0.0], [1, 0], 0.0),
        ([0.3], [0], None),
        ([], [], None),
    ],
)
def test_by_hand(scores: list[float], positive: list[int], expected: float | None):
    assert found(scores, positive) == (None if expected is None else pytest.approx(expected))


def test_of_equally_good_ones_the_nearest_to_one_half():
    # One predicted, one right of two: 2/3. Four predicted, both right: 4/6.
    scores, positive = [0.9, 0.7, 0.6, 0.5], [1, 0, 0, 1]
    assert f1(1, 1, 2) == f1(2, 4, 2) == pytest.approx(2 / 3)
    assert found(scores, positive) == pytest.approx(0.25)  # not 0.8
    assert found([0.9, 0.7, 0.3, 0.1], positive) == pytest.approx(0.8)  # not 0.05


@pytest.mark.parametrize("seed", range(30))
def test_no_threshold_is_better(seed: int):
    random = np.random.default_rng(seed)
    scores, positive = random.integers(0, 12, 15) / 11, random.random(15) < 0.3
    positive[0] = True
    best = best_threshold(scores, positive)
    of_all = {}
    for threshold in np.linspace(0, 1, 401):
        predicted = scores >= threshold
        of_all[threshold] = 2 * (predicted & positive).sum() / (predicted.sum() + positive.sum())
    predicted = scores >= best
    assert 2 * (predicted & positive).sum() / (predicted.sum() + positive.sum()) == pytest.approx(max(of_all.values()))


def test_f1_of_nothing_is_0():
    assert f1(0, 0, 0) == 0
