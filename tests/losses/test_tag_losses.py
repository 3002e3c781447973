"""Losses of tags worked out by hand; their gradients by finite differences."""

from math import log

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional

from spacy_bert_ext.losses.controls import LossControls
from spacy_bert_ext.losses.tag_losses import crf_likelihood, cross_entropy_of_tags
from spacy_bert_ext.tagging.tags import MISSING, all_tags
from tests.losses.scored import TAG_WEIGHTS, check_gradients, ints, tag_scores
from tests.tagging.brute import forbid, random_potentials, sequences_of, weights_of

ALL = LossControls(label_smoothing=0.2, focal_gamma=1.5)
O, B, I, L, U = range(5)
ALLOWED = all_tags(1, "BILUO").allowed


def without_scores(n_tokens: int) -> tuple[Tensor, ...]:
    return torch.zeros(n_tokens, 5), torch.zeros(5), torch.zeros(5), torch.zeros(5, 5)


def test_weighted_cross_entropy_of_tags_by_hand():
    logits = torch.tensor([[0.0, 0, 0, 0, 0], [log(4.0), 0, 0, 0, 0], [0.0, 0, 0, 0, 0]])
    loss = cross_entropy_of_tags(tag_scores((logits,), [3]), ints(B, O, MISSING), weights=TAG_WEIGHTS)
    # One of five at weight 2, 4 of 8 at weight 1/2.
    assert loss.value == pytest.approx((2 * log(5) + 0.5 * log(2)) / 2.5, abs=1e-6)
    assert loss.weight == 2.5
    expected = torch.tensor([[0.2, -0.8, 0.2, 0.2, 0.2], [-0.5, 0.125, 0.125, 0.125, 0.125], [0] * 5])
    torch.testing.assert_close(loss.gradients[0], expected * torch.tensor([[2.0], [0.5], [0.0]]) / 2.5)


def test_smoothed_cross_entropy_of_tags_by_hand():
    logits = torch.tensor([[log(4.0), 0, 0, 0, 0]])
    loss = cross_entropy_of_tags(tag_scores((logits,), [1]), ints(O), LossControls(label_smoothing=0.2))
    # -log of 1/2 once and of 1/8 four times.
    assert loss.value == pytest.approx(0.8 * log(2) + 0.2 * (log(2) + 4 * log(8)) / 5, abs=1e-6)
    # Probabilities less the smoothed truth.
    expected = torch.tensor([[0.5 - 0.84, *[0.125 - 0.04] * 4]])
    torch.testing.assert_close(loss.gradients[0], expected)


@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0])
def test_focal_cross_entropy_of_tags_by_hand(gamma):
    logits = torch.tensor([[0.0, 0, 0, 0, 0], [log(4.0), 0, 0, 0, 0]])
    loss = cross_entropy_of_tags(tag_scores((logits,), [2]), ints(B, O), LossControls(focal_gamma=gamma))
    assert loss.value == pytest.approx((0.8**gamma * log(5) + 0.5**gamma * log(2)) / 2, abs=1e-6)
    assert loss.weight == 2


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
@pytest.mark.parametrize("weights", [None, TAG_WEIGHTS])
def test_cross_entropy_of_tags_is_torchs(smoothing, weights):
    logits, gold = torch.randn(6, 5), ints(O, MISSING, B, L, MISSING, U)
    controls = LossControls(label_smoothing=smoothing)
    expected = functional.cross_entropy(
        logits,
        torch.from_numpy(gold),
        weight=None if weights is None else torch.tensor(weights).float(),
        ignore_index=MISSING,
        label_smoothing=smoothing,
    )
    found = cross_entropy_of_tags(tag_scores((logits,), [6]), gold, controls, weights)
    assert found.value == pytest.approx(expected.item(), abs=1e-6)


@pytest.mark.parametrize("weights", [None, TAG_WEIGHTS])
def test_gradients_of_controlled_tags_are_finite_differences(weights):
    logits, gold = torch.randn(6, 5, dtype=torch.float64), ints(O, MISSING, B, L, MISSING, U)
    check_gradients(lambda t: cross_entropy_of_tags(tag_scores(t, [4, 2]), gold, ALL, weights), (logits,))


@pytest.mark.parametrize("gamma", [0.5, 1.0, 3.0])
def test_focal_loss_of_what_is_certain_is_finite(gamma):
    logits = torch.tensor([[200.0, 0, 0, 0, 0], [200.0, 0, 0, 0, 0]])
    loss = cross_entropy_of_tags(tag_scores((logits,), [2]), ints(O, B), LossControls(focal_gamma=gamma))
    assert loss.value == pytest.approx(100)
    assert loss.gradients[0].isfinite().all()
    torch.testing.assert_close(loss.gradients[0][0], torch.zeros(5))


def test_weighted_crf_by_counting_sequences():
    loss = crf_likelihood(tag_scores(without_scores(2), [2]), ints(B, L), ALLOWED, weights=TAG_WEIGHTS)
    # Of O O, O U, U O, U U and B L one begins with B; L follows for certain.
    assert loss.value == pytest.approx(2 * log(5) / 4, abs=1e-6)
    assert loss.weight == 4
    loss = crf_likelihood(tag_scores(without_scores(2), [2]), ints(O, U), ALLOWED, weights=TAG_WEIGHTS)
    # Two begin with O, one of them ends in U.
    assert loss.value == pytest.approx((0.5 * log(5 / 2) + 2 * log(2)) / 2.5, abs=1e-6)
    loss = crf_likelihood(tag_scores(without_scores(2), [2]), ints(MISSING, U), ALLOWED, weights=TAG_WEIGHTS)
    assert loss.value == pytest.approx(log(5 / 2), abs=1e-6)
    assert loss.weight == 2


def test_focal_crf_by_counting_sequences():
    loss = crf_likelihood(tag_scores(without_scores(2), [2]), ints(B, L), ALLOWED, LossControls(focal_gamma=2))
    assert loss.value == pytest.approx(0.8**2 * log(5) / 2, abs=1e-6)


def test_smoothed_crf_spreads_over_the_tags_that_may_stand_there():
    loss = crf_likelihood(tag_scores(without_scores(2), [2]), ints(O, U), ALLOWED, LossControls(label_smoothing=0.3))
    # First O, B or U: 2, 1 and 2 of 5; then O or U.
    first = 0.7 * log(5 / 2) + 0.3 * (log(5 / 2) + log(5) + log(5 / 2)) / 3
    assert loss.value == pytest.approx((first + log(2)) / 2, abs=1e-6)


def test_crf_with_even_weights_is_the_plain_one():
    tensors, gold = tuple(random_potentials(8, 5)), ints(B, L, MISSING, O, U, MISSING, MISSING, O)
    scores = tag_scores(tensors, [4, 0, 1, 3])
    plain, even = crf_likelihood(scores, gold, ALLOWED), crf_likelihood(scores, gold, ALLOWED, weights=np.ones(5))
    assert even.value == pytest.approx(plain.value, abs=1e-9)
    assert even.weight == plain.weight == 5
    for found, expected in zip(even.gradients, plain.gradients):
        torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("gold", [[B, I, L, O, U], [MISSING, L, MISSING, O, MISSING]])
@pytest.mark.parametrize("weights", [None, TAG_WEIGHTS])
def test_gradients_of_a_controlled_crf_are_finite_differences(gold, weights):
    tensors = tuple(random_potentials(5, 5))
    check_gradients(lambda t: crf_likelihood(tag_scores(t, [3, 0, 2]), ints(*gold), ALLOWED, ALL, weights), tensors)


def test_controlled_crf_of_single_tokens_has_no_gradient_for_pairs():
    loss = crf_likelihood(tag_scores(random_potentials(2, 5), [1, 1]), ints(O, U), ALLOWED, weights=TAG_WEIGHTS)
    assert not loss.gradients[3].any()
    assert loss.gradients[0].any() and loss.gradients[1].any() and loss.gradients[2].any()


def test_controlled_crf_of_many_labels_has_the_type_of_the_scores():
    """With so many tags that the plain likelihood computes by blocks."""
    allowed = all_tags(12, "BILUO").allowed
    assert allowed.blocks
    tensors = tuple(tensor.float() for tensor in random_potentials(3, 49))
    scores, gold = tag_scores(tensors, [3]), ints(B, L, O)
    loss = crf_likelihood(scores, gold, allowed, weights=np.ones(49))
    assert loss.value == pytest.approx(crf_likelihood(scores, gold, allowed).value, abs=1e-5)
    assert {gradient.dtype for gradient in loss.gradients} == {torch.float32}


def test_cross_entropy_of_tags_by_hand():
    logits = torch.tensor([[0.0, 0, 0, 0, 0], [log(4.0), 0, 0, 0, 0]])
    loss = cross_entropy_of_tags(tag_scores((logits,), [2]), ints(B, O))
    # One of five, then 4 of 8.
    assert loss.value == pytest.approx((log(5) + log(2)) / 2, abs=1e-6)
    (gradient,) = loss.gradients
    expected = torch.tensor([[0.2, -0.8, 0.2, 0.2, 0.2], [-0.5, 0.125, 0.125, 0.125, 0.125]]) / 2
    torch.testing.assert_close(gradient, expected)


def test_tokens_that_are_not_annotated_give_no_loss():
    logits = torch.tensor([[0.0, 0, 0, 0, 0], [log(4.0), 0, 0, 0, 0]])
    loss = cross_entropy_of_tags(tag_scores((logits,), [2]), ints(MISSING, O))
    assert loss.value == pytest.approx(log(2), abs=1e-6)
    assert not loss.gradients[0][0].any()
    assert loss.gradients[0][1].any()


def test_cross_entropy_gradients_are_finite_differences():
    logits = torch.randn(6, 5, dtype=torch.float64)
    gold = ints(O, MISSING, B, L, MISSING, U)
    check_gradients(lambda tensors: cross_entropy_of_tags(tag_scores(tensors, [4, 2]), gold), (logits,))


@pytest.mark.parametrize(
    "gold, lengths, expected",
    [
        # One token can be O or U; two can be O O, O U, U O, U U or B L.
        ([O], [1], log(2)),
        ([B, L], [2], log(5) / 2),
        ([O, B, L], [1, 2], (log(2) + log(5)) / 3),
        # Partial annotation: two of five end in O, one begins with B.
        ([MISSING, O], [2], log(5 / 2)),
        ([B, MISSING], [2], log(5)),
        # A Doc without annotation changes nothing.
        ([MISSING, MISSING, U], [2, 1], log(2)),
        # 13 sequences of three tokens: f(3) = f(2) + f(2) + f(1) + f(0). B I L is one of them; O in the middle: 2 * 2.
        ([B, I, L], [3], log(13) / 3),
        ([MISSING, O, MISSING], [3], log(13 / 4)),
    ],
)
def test_crf_likelihood_by_counting_sequences(gold, lengths, expected):
    loss = crf_likelihood(tag_scores(without_scores(len(gold)), lengths), ints(*gold), ALLOWED)
    assert loss.value == pytest.approx(expected, abs=1e-6)


def test_crf_likelihood_is_that_of_all_sequences():
    lengths = [3, 0, 1, 4]
    gold = [B, L, O, U, O, MISSING, B, MISSING]
    potentials = random_potentials(8, 5)
    loss = crf_likelihood(tag_scores(potentials, lengths), ints(*gold), ALLOWED)
    expected, place = 0.0, 0
    for one in sequences_of(forbid(potentials, ALLOWED), lengths):
        weights = weights_of(one)
        wanted = gold[place : place + len(one.emissions)]
        place += len(wanted)
        consistent = [w for tags, w in weights.items() if all(g in (MISSING, t) for g, t in zip(wanted, tags))]
        expected -= log(sum(consistent) / sum(weights.values()))
    assert loss.value == pytest.approx(expected / 6, abs=1e-9)


@pytest.mark.parametrize("gold", [[B, I, L, O, U], [MISSING, L, MISSING, O, MISSING]])
def test_crf_gradients_are_finite_differences(gold):
    tensors = tuple(random_potentials(5, 5))
    check_gradients(lambda t: crf_likelihood(tag_scores(t, [3, 0, 2]), ints(*gold), ALLOWED), tensors)


def test_crf_gradients_of_a_doc_without_annotation_are_zero():
    loss = crf_likelihood(tag_scores(random_potentials(4, 5), [2, 2]), ints(MISSING, MISSING, B, L), ALLOWED)
    assert loss.gradients[0][:2].abs().max() < 1e-12
    assert loss.gradients[0][2:].abs().max() > 0.01


def test_crf_gradients_have_the_type_of_the_scores():
    loss = crf_likelihood(tag_scores(without_scores(2), [2]), ints(B, L), ALLOWED)
    assert {gradient.dtype for gradient in loss.gradients} == {torch.float32}


def test_an_improbable_annotation_has_a_finite_loss():
    emissions = torch.zeros(3, 5)
    emissions[:, O] = 200
    loss = crf_likelihood(tag_scores((emissions, *without_scores(0)[1:]), [3]), ints(B, I, L), ALLOWED)
    assert loss.value == pytest.approx(200, rel=1e-5)
    assert all(gradient.isfinite().all() for gradient in loss.gradients)
    assert loss.gradients[0][0].tolist() == pytest.approx([1 / 3, -1 / 3, 0, 0, 0], abs=1e-6)
