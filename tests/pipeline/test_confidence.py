"""What scores claim, and what the annotation says of them."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from spacy_bert_ext.calibration.temperature import LOWEST
from spacy_bert_ext.pipeline.confidence import confidence_of_best, confidence_of_each


def one_hot(classes: list[int], n_labels: int) -> np.ndarray:
    return np.eye(n_labels)[classes]


# What the losses are


def test_losses_and_scores_are_those_of_torch():
    random = np.random.default_rng(0)
    logits, classes = random.normal(size=(20, 5)), random.integers(0, 5, 20)
    gold, divided = one_hot(list(classes), 5), torch.tensor(logits) / 0.6
    best = confidence_of_best(logits, gold)
    assert best.loss_at(0.6) == pytest.approx(functional.cross_entropy(divided, torch.tensor(classes)).item())
    assert best.scores_at(0.6).tolist() == pytest.approx(divided.softmax(1).amax(1).tolist())
    assert best.correct.tolist() == (logits.argmax(1) == classes).tolist()
    each = confidence_of_each(logits, gold)
    expected = functional.binary_cross_entropy_with_logits(divided, torch.tensor(gold))
    assert each.loss_at(0.6) == pytest.approx(expected.item())
    assert each.scores_at(0.6).tolist() == pytest.approx(divided.sigmoid().flatten().tolist())
    assert each.correct.tolist() == gold.flatten().tolist()


def test_only_what_is_annotated_counts():
    nan = np.nan
    logits = np.array([[2.0, 0.0, 1.0]] * 4)
    gold = np.array([[1, nan, nan], [nan, nan, nan], [0, nan, 0], [0, 1, nan]])
    best = confidence_of_best(logits, gold)
    assert best.correct.tolist() == [1, 0]  # the second says nothing, the third not which one holds
    each = confidence_of_each(logits, gold)
    assert each.correct.tolist() == [1, 0, 0, 0, 1]
    assert each.scores_at(1e9).tolist() == pytest.approx([0.5] * 5)


def test_shared_truth_counts_in_shares():
    # Half and half between two categories with logits ln 3 and 0: -(ln 3/4 + ln 1/4) / 2.
    best = confidence_of_best(np.array([[np.log(3), 0.0]]), np.array([[0.5, 0.5]]))
    assert best.loss_at(1.0) == pytest.approx(-(np.log(0.75) + np.log(0.25)) / 2)
    assert best.correct.tolist() == [1]


def test_large_logits_at_the_lowest_temperature_stay_numbers():
    best = confidence_of_best(np.array([[80.0, -80.0]]), np.array([[0.0, 1.0]]))
    each = confidence_of_each(np.array([[80.0, -80.0]]), np.array([[0.0, 1.0]]))
    assert best.loss_at(LOWEST) == pytest.approx(160 / LOWEST) and best.scores_at(LOWEST).tolist() == [1.0]
    assert each.loss_at(LOWEST) == pytest.approx(80 / LOWEST) and each.scores_at(LOWEST).tolist() == [1.0, 0.0]
