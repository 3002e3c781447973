"""Softmax and sigmoids, forth and back; each kind has its own losses, weights and priors."""

import numpy as np
import pytest
import torch

from spacy_bert_ext.losses.category_losses import exclusive_categories, independent_categories
from spacy_bert_ext.losses.controls import LossControls, balanced_classes, balanced_positives
from spacy_bert_ext.losses.priors import log_frequencies, log_odds
from spacy_bert_ext.pipeline.categories.kinds import CategoryKind, Exclusive, Independent
from spacy_bert_ext.pipeline.confidence import confidence_of_best, confidence_of_each

LOGITS = np.array([[1.0, -2.0, 0.5], [3.0, 0.0, 0.0]])
GOLD = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, np.nan]])
POSITIVE, NEGATIVE = np.array([3.0, 1.0, 6.0]), np.array([7.0, 9.0, 4.0])
KINDS = [Exclusive(), Independent()]


@pytest.mark.parametrize("kind", KINDS)
def test_logits_of_probabilities_give_these_again(kind: CategoryKind) -> None:
    probabilities = kind.probabilities(torch.from_numpy(LOGITS)).numpy()
    again = kind.probabilities(torch.from_numpy(kind.logits(probabilities))).numpy()
    np.testing.assert_allclose(again, probabilities)


def test_exclusive_probabilities_add_up_to_one() -> None:
    assert Exclusive().probabilities(torch.from_numpy(LOGITS)).sum(dim=1).tolist() == pytest.approx([1.0, 1.0])


@pytest.mark.parametrize(
    ("kind", "loss_of", "confidence_of"),
    [
        (KINDS[0], exclusive_categories, confidence_of_best),
        (KINDS[1], independent_categories, confidence_of_each),
    ],
)
def test_losses_and_confidence(kind: CategoryKind, loss_of, confidence_of) -> None:
    controls = LossControls(label_smoothing=0.1)
    loss = kind.loss(torch.from_numpy(LOGITS), GOLD, controls, None)
    assert loss.value == loss_of(torch.from_numpy(LOGITS), GOLD, controls).value
    found, expected = kind.confidence(LOGITS, GOLD), confidence_of(LOGITS, GOLD)
    assert found.correct.tolist() == expected.correct.tolist() and found.loss_at(2.0) == expected.loss_at(2.0)


def test_weights_and_priors() -> None:
    exclusive, independent = KINDS
    assert exclusive.balanced(POSITIVE, NEGATIVE).tolist() == balanced_classes(POSITIVE).tolist()
    assert independent.balanced(POSITIVE, NEGATIVE).tolist() == balanced_positives(POSITIVE, NEGATIVE).tolist()
    assert exclusive.prior(POSITIVE, NEGATIVE, None).tolist() == log_frequencies(POSITIVE, None).tolist()
    assert independent.prior(POSITIVE, NEGATIVE, None).tolist() == log_odds(POSITIVE, NEGATIVE, None).tolist()
    assert exclusive.problem_type != independent.problem_type
