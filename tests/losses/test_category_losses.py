"""Losses of categories worked out by hand; their gradients by finite differences."""

from math import log

import numpy as np
import pytest
import torch
from torch.nn import functional

from spacy_bert_ext.losses.category_losses import exclusive_categories, independent_categories
from spacy_bert_ext.losses.controls import LossControls
from spacy_bert_ext.losses.loss import NOTHING_ANNOTATED
from tests.losses.scored import check_gradients

ALL = LossControls(label_smoothing=0.2, focal_gamma=1.5)
NAN = float("nan")


@pytest.mark.parametrize(
    ("gold", "expected", "weight"),
    [
        # Probabilities are 1/2, 1/4 and 1/4, weights 1, 2 and 4.
        ([[1, 0, 0]], log(2), 1),
        ([[1, 0, 0], [0, 1, 0]], (log(2) + 2 * log(4)) / 3, 3),
        ([[0, NAN, 1]], log(4), 4),
        ([[0.5, 0.5, 0]], (0.5 * log(2) + log(4)) / 1.5, 1.5),
        # Only what does not hold: the mean weight of the others.
        ([[0, NAN, NAN], [1, 0, 0]], (3 * log(2) + log(2)) / 4, 4),
        ([[NAN, 0, NAN], [NAN, NAN, NAN]], log(4 / 3), 2.5),
    ],
)
def test_weighted_exclusive_categories_by_hand(gold, expected, weight):
    logits = torch.tensor([[log(2.0), 0, 0]] * len(gold))
    loss = exclusive_categories(logits, np.array(gold), weights=np.array([1.0, 2.0, 4.0]))
    assert loss.value == pytest.approx(expected, abs=1e-6)
    assert loss.weight == weight


@pytest.mark.parametrize(
    ("gold", "expected"),
    [
        ([[1, 0, 0]], 0.9 * log(2) + 0.1 * (log(2) + 2 * log(4)) / 3),
        # What follows from the one that holds, too.
        ([[NAN, 1, NAN]], 0.9 * log(4) + 0.1 * (log(2) + 2 * log(4)) / 3),
        # Nothing goes to what is known not to hold.
        ([[0, NAN, NAN]], 0.9 * log(2) + 0.1 * log(4)),
        ([[NAN, 0, NAN]], 0.9 * log(4 / 3) + 0.1 * (log(2) + log(4)) / 2),
    ],
)
def test_smoothed_exclusive_categories_by_hand(gold, expected):
    logits = torch.tensor([[log(2.0), 0, 0]])
    loss = exclusive_categories(logits, np.array(gold), LossControls(label_smoothing=0.1))
    assert loss.value == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("gold", "expected"),
    [
        ([[1, 0, 0]], 0.25 * log(2)),
        ([[0, 1, 0]], 0.5625 * log(4)),
        ([[NAN, 0, NAN]], 0.0625 * log(4 / 3)),
        ([[0.5, 0.5, 0]], (0.25 * log(2) + 0.5625 * log(4)) / 2),
    ],
)
def test_focal_exclusive_categories_by_hand(gold, expected):
    loss = exclusive_categories(torch.tensor([[log(2.0), 0, 0]]), np.array(gold), LossControls(focal_gamma=2))
    assert loss.value == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_exclusive_categories_are_torchs(smoothing):
    logits, truth = torch.randn(6, 3), torch.tensor([0, 1, 2, 2, 2, 1])
    weights = np.array([1.0, 2.0, 0.5])
    controls = LossControls(label_smoothing=smoothing)
    expected = functional.cross_entropy(logits, truth, weight=torch.tensor(weights).float(), label_smoothing=smoothing)
    found = exclusive_categories(logits, functional.one_hot(truth).double().numpy(), controls, weights)
    assert found.value == pytest.approx(expected.item(), abs=1e-6)


@pytest.mark.parametrize("weights", [None, np.array([1.0, 2.0, 0.5])])
def test_gradients_of_controlled_exclusive_categories_are_finite_differences(weights):
    logits = torch.randn(5, 3, dtype=torch.float64)
    gold = np.array([[1, 0, 0], [NAN, NAN, NAN], [0, NAN, 0], [NAN, 0, NAN], [0.2, 0.8, 0]])
    check_gradients(lambda tensors: exclusive_categories(tensors[0], gold, ALL, weights), (logits,))


def test_weighted_independent_categories_by_hand():
    logits = torch.tensor([[0, log(3.0)]] * 2)
    gold = np.array([[1, 1], [0, NAN]])
    loss = independent_categories(logits, gold, weights=np.array([3.0, 0.5]))
    assert loss.value == pytest.approx((3 * log(2) + 0.5 * log(4 / 3) + log(2)) / 3, abs=1e-6)
    assert loss.weight == 3


def test_smoothed_independent_categories_by_hand():
    loss = independent_categories(torch.tensor([[log(3.0)]]), np.array([[1.0]]), LossControls(label_smoothing=0.2))
    # Nine tenths of the truth is yes.
    assert loss.value == pytest.approx(0.9 * log(4 / 3) + 0.1 * log(4), abs=1e-6)


@pytest.mark.parametrize(("gold", "expected"), [(1, 0.0625 * log(4 / 3)), (0, 0.5625 * log(4))])
def test_focal_independent_categories_by_hand(gold, expected):
    loss = independent_categories(torch.tensor([[log(3.0)]]), np.array([[gold]]), LossControls(focal_gamma=2))
    assert loss.value == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_independent_categories_are_torchs(smoothing):
    logits, gold = torch.randn(4, 3), torch.rand(4, 3)
    weights = np.array([1.0, 2.0, 0.5])
    expected = functional.binary_cross_entropy_with_logits(
        logits, gold * (1 - smoothing) + smoothing / 2, pos_weight=torch.tensor(weights).float()
    )
    controls = LossControls(label_smoothing=smoothing)
    found = independent_categories(logits, gold.double().numpy(), controls, weights)
    assert found.value == pytest.approx(expected.item(), abs=1e-6)


@pytest.mark.parametrize("weights", [None, np.array([1.0, 2.0, 0.5])])
def test_gradients_of_controlled_independent_categories_are_finite_differences(weights):
    logits = torch.randn(3, 3, dtype=torch.float64)
    gold = np.array([[1, 0, NAN], [NAN, NAN, NAN], [0, 0.5, 1]])
    check_gradients(lambda tensors: independent_categories(tensors[0], gold, ALL, weights), (logits,))


@pytest.mark.parametrize(
    "gold, expected",
    [
        # Probabilities are 1/2, 1/4 and 1/4.
        ([[1, 0, 0]], log(2)),
        ([[0, 1, 0]], log(4)),
        ([[1, NAN, NAN]], log(2)),
        ([[0.5, 0.5, 0]], (log(2) + log(4)) / 2),
        ([[1, 1, 0]], (log(2) + log(4)) / 2),
        ([[0.3, 0, 0]], log(2)),
        # Only what does not hold: the others share the blame.
        ([[0, NAN, NAN]], log(2)),
        ([[NAN, 0, NAN]], -log(3 / 4)),
        ([[0, 0, NAN]], log(4)),
        # Docs that say nothing, or rule everything out, do not count.
        ([[1, 0, 0], [NAN, NAN, NAN], [0, 0, 0], [0, 1, 0]], (log(2) + log(4)) / 2),
    ],
)
def test_exclusive_categories_by_hand(gold, expected):
    logits = torch.tensor([[log(2.0), 0, 0]] * len(gold))
    loss = exclusive_categories(logits, np.array(gold))
    assert loss.value == pytest.approx(expected, abs=1e-6)
    assert loss.gradients[0].isfinite().all()


def test_gradient_of_exclusive_categories_by_hand():
    logits = torch.tensor([[log(2.0), 0, 0]] * 3)
    gold = np.array([[0, 1, 0], [NAN, NAN, NAN], [0, 0, NAN]])
    (gradient,) = exclusive_categories(logits, gold).gradients
    # Of the two Docs that count: probabilities less what should be.
    torch.testing.assert_close(gradient, torch.tensor([[0.5, -0.75, 0.25], [0, 0, 0], [0.5, 0.25, -0.75]]) / 2)


def test_gradients_of_exclusive_categories_are_finite_differences():
    logits = torch.randn(5, 3, dtype=torch.float64)
    gold = np.array([[1, 0, 0], [NAN, NAN, NAN], [0, NAN, 0], [NAN, 0, NAN], [0.2, 0.8, 0]])
    check_gradients(lambda tensors: exclusive_categories(tensors[0], gold), (logits,))


@pytest.mark.parametrize(
    "gold, expected",
    [
        # Probabilities are 1/2 and 3/4.
        ([[1, 1]], (log(2) + log(4 / 3)) / 2),
        ([[0, 0]], (log(2) + log(4)) / 2),
        ([[1, NAN]], log(2)),
        ([[NAN, 0.5]], (log(4) + log(4 / 3)) / 2),
        ([[1, NAN], [NAN, NAN], [0, 1]], (2 * log(2) + log(4 / 3)) / 3),
    ],
)
def test_independent_categories_by_hand(gold, expected):
    logits = torch.tensor([[0, log(3.0)]] * len(gold))
    assert independent_categories(logits, np.array(gold)).value == pytest.approx(expected, abs=1e-6)


def test_gradient_of_independent_categories_by_hand():
    logits = torch.tensor([[0, log(3.0)]] * 2)
    (gradient,) = independent_categories(logits, np.array([[1, NAN], [0, 0]])).gradients
    torch.testing.assert_close(gradient, torch.tensor([[-0.5, 0], [0.5, 0.75]]) / 3)


def test_gradient_of_independent_categories_is_the_probability_less_the_truth():
    logits = torch.randn(3, 3)
    gold = np.array([[1, 0, NAN], [NAN, NAN, NAN], [0, 0.5, 1]])
    (gradient,) = independent_categories(logits, gold).gradients
    expected = (logits.sigmoid().numpy() - np.nan_to_num(gold)) / 5
    expected[np.isnan(gold)] = 0
    assert gradient.numpy() == pytest.approx(expected, abs=1e-6)


def test_docs_that_rule_out_every_category_teach_nothing():
    assert exclusive_categories(torch.zeros(2, 2), np.zeros((2, 2))) == NOTHING_ANNOTATED
