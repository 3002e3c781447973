import numpy as np
import pytest
import torch

from spacy_bert_ext.explanation.gradients import TOLERANCE, Way, gradient_times_input, integrated_gradients
from tests.explanation.making import make_copies, make_twin

TEXT = "The president of Germany met the chancellor of Austria"


@pytest.fixture
def way(bert_folder):
    copies, shim = make_copies(bert_folder, TEXT)
    return Way(copies, make_twin(shim), 4)


def nobody(n):
    """Is told of progress."""


def test_scores_at_both_ends(way):
    copies = way._copies
    assert way.score(1.0) == pytest.approx(copies.scores([], 1).item(), abs=1e-4)
    assert way.score(0.0) != pytest.approx(way.score(1.0), abs=0.1)


def test_gradients_are_slopes(way):
    """Their sum over the pieces is how the score changes along the way."""
    found = way.gradients([0.3, 0.8], [1.0, 2.0]).sum(1)
    for place, weight, slope in zip((0.3, 0.8), (1.0, 2.0), found):
        expected = weight * (way.score(place + 5e-3) - way.score(place - 5e-3)) / 1e-2
        assert slope == pytest.approx(expected, rel=0.03, abs=0.05)


@pytest.mark.parametrize("steps", [1, 2, 3, 8, 100])
def test_points(way, steps):
    told = []
    found = integrated_gradients(way, steps, told.append)
    assert sum(told) == found.n_points
    assert steps <= found.n_points <= 16 * steps
    difference = found.value - found.baseline_value
    assert found.total == pytest.approx(found.of_pieces.sum())
    if found.n_points < 10 * steps:
        assert abs(found.total - difference) <= TOLERANCE * abs(difference)


def test_a_score_that_does_not_change(bert_folder):
    copies, shim = make_copies(bert_folder, TEXT)
    ones = lambda encoded: 0 * encoded.piece_vectors.sum() + torch.ones(encoded.n_docs)
    constant = copies.explained._replace(score=ones)
    object.__setattr__(copies, "explained", constant)
    found = integrated_gradients(Way(copies, make_twin(shim), 4), 8, nobody)
    assert (found.value, found.baseline_value, found.n_points) == (1.0, 1.0, 8)
    assert not found.of_pieces.any()


def test_gradient_times_input_has_no_baseline(way):
    found = gradient_times_input(way)
    assert np.isnan(found.baseline_value)
    assert np.abs(found.of_pieces).sum() > 0
