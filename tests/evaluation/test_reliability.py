"""Reliability and expected calibration error, against numbers worked out by hand and a plain loop."""

import numpy as np
import pytest

from spacy_bert_ext.evaluation.reliability import reliability
from tests.coded import raises_code


def test_bins_and_error_by_hand():
    found = reliability(np.array([0.05, 0.15, 0.15, 0.95]), np.array([False, True, False, True]), n_bins=10)
    assert found.bin_edges.tolist() == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1])
    assert found.counts.tolist() == [1, 2, 0, 0, 0, 0, 0, 0, 0, 1]
    assert found.mean_scores[[0, 1, 9]].tolist() == pytest.approx([0.05, 0.15, 0.95])
    assert found.accuracies[[0, 1, 9]].tolist() == [0.0, 0.5, 1.0]
    assert np.isnan(found.mean_scores[2:9]).all() and np.isnan(found.accuracies[2:9]).all()
    # (|0 - 0.05| + 2 · |0.5 - 0.15| + |1 - 0.95|) / 4
    assert found.ece == pytest.approx(0.2)


def test_a_bin_holds_its_upper_edge_and_the_first_one_zero():
    found = reliability(np.array([0.0, 0.25, 0.5, 0.500001, 1.0]), np.ones(5), n_bins=2)
    assert found.counts.tolist() == [3, 2]


def test_there_are_15_bins_by_default():
    assert len(reliability(np.array([0.5]), np.array([1])).counts) == 15


def test_scores_that_are_right_as_often_as_they_say_have_no_error():
    scores, correct = np.repeat([0.25, 0.75], 4), np.array([1, 0, 0, 0, 1, 1, 1, 0])
    assert reliability(scores, correct).ece == pytest.approx(0)
    assert reliability(scores, 1 - correct).ece == pytest.approx(0.5)


def test_without_predictions_there_is_no_error_to_tell():
    found = reliability(np.zeros(0), np.zeros(0))
    assert np.isnan(found.ece) and found.counts.sum() == 0


@pytest.mark.parametrize("n_bins", [1, 7, 15])
def test_the_same_as_a_plain_loop(n_bins: int):
    random = np.random.default_rng(0)
    scores, correct = random.random(500), random.integers(0, 2, 500)
    expected = 0.0
    for i in range(n_bins):
        inside = (scores > i / n_bins) & (scores <= (i + 1) / n_bins)
        if inside.any():
            expected += inside.mean() * abs(correct[inside].mean() - scores[inside].mean())
    assert reliability(scores, correct, n_bins).ece == pytest.approx(expected)


@pytest.mark.parametrize(
    ("scores", "correct", "n_bins"),
    [
        ([1.1], [1], 15),
        ([-0.1], [1], 15),
        ([0.5], [2], 15),
        ([np.nan], [1], 15),
        ([0.5, 0.5], [1], 15),
        ([0.5], [1], 0),
    ],
)
def test_what_are_no_scores_is_refused(scores: list, correct: list, n_bins: int):
    with raises_code("B085"):
        reliability(np.array(scores), np.array(correct), n_bins)
