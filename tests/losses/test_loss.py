"""What is weighted: factors, means of parts, and nothing that is annotated."""

import numpy as np
import pytest
import torch
from torch import Tensor

from spacy_bert_ext.losses.category_losses import exclusive_categories, independent_categories
from spacy_bert_ext.losses.controls import LossControls
from spacy_bert_ext.losses.loss import NOTHING_ANNOTATED, Loss
from spacy_bert_ext.losses.tag_losses import crf_likelihood, cross_entropy_of_tags
from spacy_bert_ext.tagging.tags import MISSING, all_tags
from tests.losses.scored import TAG_WEIGHTS, ints, tag_scores
from tests.tagging.brute import random_potentials

ALL = LossControls(label_smoothing=0.2, focal_gamma=1.5)
O, B, I, L, U = range(5)
ALLOWED = all_tags(1, "BILUO").allowed
NAN = float("nan")


def without_scores(n_tokens: int) -> tuple[Tensor, ...]:
    return torch.zeros(n_tokens, 5), torch.zeros(5), torch.zeros(5), torch.zeros(5, 5)


def test_a_factor_scales_loss_and_gradients_but_not_their_weight():
    loss = Loss(2.0, (torch.tensor([1.0, 3.0]),), 5.0).times(0.5)
    assert (loss.value, loss.weight) == (1.0, 5.0)
    assert loss.gradients[0].tolist() == [0.5, 1.5]
    assert NOTHING_ANNOTATED.times(3) == NOTHING_ANNOTATED


def test_losses_that_are_means_over_the_same_add_up():
    one, other = Loss(2.0, (torch.tensor([1.0, 3.0]),), 5.0), Loss(0.5, (torch.tensor([1.0, -1.0]),), 5.0)
    both = one.plus(other)
    assert (both.value, both.weight, both.gradients[0].tolist()) == (2.5, 5.0, [2.0, 2.0])
    assert one.plus(NOTHING_ANNOTATED) is NOTHING_ANNOTATED.plus(one) is one


@pytest.mark.parametrize("weights", [None, TAG_WEIGHTS])
@pytest.mark.parametrize("decoder", ["constrained", "crf"])
def test_means_of_parts_by_their_weights_are_the_mean_of_all(decoder, weights):
    gold = ints(O, B, L, MISSING, O, B, I, L)
    logits, *pairs = random_potentials(8, 5)

    def loss_of(rows: slice, *lengths: int) -> Loss:
        scores = tag_scores((logits[rows], *pairs), list(lengths))
        if decoder == "crf":
            return crf_likelihood(scores, gold[rows], ALLOWED, ALL, weights)
        return cross_entropy_of_tags(scores, gold[rows], ALL, weights)

    first, second, whole = loss_of(slice(0, 3), 3), loss_of(slice(3, 8), 5), loss_of(slice(0, 8), 3, 5)
    assert whole.weight == first.weight + second.weight
    summed = first.value * first.weight + second.value * second.weight
    assert summed / whole.weight == pytest.approx(whole.value, abs=1e-7)


@pytest.mark.parametrize("n_tokens", [0, 3])
def test_nothing_annotated_gives_no_loss_and_no_gradient(n_tokens):
    gold = np.full(n_tokens, MISSING)
    scores = tag_scores(without_scores(n_tokens), [n_tokens])
    assert cross_entropy_of_tags(scores, gold) == NOTHING_ANNOTATED == Loss(0.0, None, 0.0)
    assert crf_likelihood(scores, gold, ALLOWED) == NOTHING_ANNOTATED
    cats = np.full((n_tokens, 2), NAN)
    assert exclusive_categories(torch.zeros(n_tokens, 2), cats) == NOTHING_ANNOTATED
    assert independent_categories(torch.zeros(n_tokens, 2), cats) == NOTHING_ANNOTATED
