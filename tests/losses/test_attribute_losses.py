"""The loss of attributes, worked out by hand."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from spacy_bert_ext.losses.attribute_losses import loss_of_attributes
from spacy_bert_ext.losses.controls import LossControls
from spacy_bert_ext.losses.loss import NOTHING_ANNOTATED
from spacy_bert_ext.spans.attributes import GoldValues
from spacy_bert_ext.spans.candidates import Candidates
from tests.spans.scored import check_slopes, random_scores


def values_of(*rows: tuple[int, int, int]) -> GoldValues:
    first, last, value = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    return GoldValues(first, last, value=value)


GOLD = [values_of((0, 2, 1), (3, 3, 0)), values_of((0, 2, 2))]


def test_the_loss_is_a_sum_over_gold_spans_by_token() -> None:
    scores = random_scores([3, 2], n_values=[2, 3])
    hidden = scores.hidden(Candidates(np.array([0, 3]), np.array([2, 3])), scores.sums())
    (first, second) = (hidden @ weight.T + bias for weight, bias in scores.attributes)
    expected = functional.cross_entropy(first, torch.tensor([1, 0]), reduction="sum")
    expected = expected + functional.cross_entropy(second[:1], torch.tensor([2]))
    loss = loss_of_attributes(scores, GOLD, 5)
    assert loss.value == pytest.approx(float(expected) / 5, rel=1e-6)
    assert loss.weight == 5


@pytest.mark.parametrize("controls", [LossControls(), LossControls(label_smoothing=0.2, focal_gamma=2.0)])
def test_gradients_are_those_of_the_value(controls: LossControls) -> None:
    scores = random_scores([3, 2], n_values=[2, 3])
    assert len(scores.tensors) == 7 + 4
    check_slopes(lambda: loss_of_attributes(scores, GOLD, 5, controls), scores)


def test_labels_and_bounds_get_no_gradients() -> None:
    scores = random_scores([3, 2], n_values=[2, 3])
    bounds, *_, weight, bias = loss_of_attributes(scores, GOLD, 5).gradients[:7]
    assert not any(gradient.any() for gradient in (bounds, weight, bias))


def test_an_attribute_without_annotation_gets_no_gradients() -> None:
    scores = random_scores([3, 2], n_values=[2, 3])
    loss = loss_of_attributes(scores, [GOLD[0], values_of()], 5)
    assert loss.gradients[7].any() and not loss.gradients[9].any()
    assert loss_of_attributes(scores, [values_of(), values_of()], 5) == NOTHING_ANNOTATED
    assert loss_of_attributes(random_scores([3]), [], 3) == NOTHING_ANNOTATED
