"""Losses worked out by hand; their gradients by finite differences."""

from collections.abc import Callable
from math import log

import numpy as np
import pytest
import torch
from torch import Tensor

from spacy_bert_ext.losses.losses import (
    NOTHING_ANNOTATED,
    Loss,
    crf_likelihood,
    cross_entropy_of_tags,
    exclusive_categories,
    independent_categories,
)
from spacy_bert_ext.tagging.tag_scores import TagScores
from spacy_bert_ext.tagging.tags import MISSING, all_tags
from tests.tagging.brute import forbid, random_potentials, sequences_of, weights_of

O, B, I, L, U = range(5)
ALLOWED = all_tags(1, "BILUO").allowed
NAN = float("nan")


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def tag_scores(tensors: tuple[Tensor, ...], lengths: list[int]) -> TagScores:
    return TagScores(tuple(tensors), np.ones(len(tensors[0]), dtype=bool), ints(*lengths))


def check_gradients(loss_of: Callable[[tuple[Tensor, ...]], Loss], tensors: tuple[Tensor, ...]) -> None:
    """Against central differences at every number of every tensor."""
    gradients = loss_of(tensors).gradients
    assert len(gradients) == len(tensors)
    step = 1e-5
    for place, tensor in enumerate(tensors):
        expected = torch.zeros_like(tensor)
        for i in range(tensor.numel()):
            losses = []
            for sign in (1, -1):
                moved = [other.clone() for other in tensors]
                moved[place].view(-1)[i] += sign * step
                losses.append(loss_of(tuple(moved)).value)
            expected.view(-1)[i] = (losses[0] - losses[1]) / (2 * step)
        torch.testing.assert_close(gradients[place], expected, atol=1e-7, rtol=1e-5)


# Tags by themselves


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


# Tags as a sequence: without scores, all allowed sequences are equally probable


def without_scores(n_tokens: int) -> tuple[Tensor, ...]:
    return torch.zeros(n_tokens, 5), torch.zeros(5), torch.zeros(5), torch.zeros(5, 5)


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


# Categories of which one holds


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


# Categories that hold independently


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


# Nothing annotated


@pytest.mark.parametrize("n_tokens", [0, 3])
def test_nothing_annotated_gives_no_loss_and_no_gradient(n_tokens):
    gold = np.full(n_tokens, MISSING)
    scores = tag_scores(without_scores(n_tokens), [n_tokens])
    assert cross_entropy_of_tags(scores, gold) == NOTHING_ANNOTATED == Loss(0.0, None, 0.0)
    assert crf_likelihood(scores, gold, ALLOWED) == NOTHING_ANNOTATED
    cats = np.full((n_tokens, 2), NAN)
    assert exclusive_categories(torch.zeros(n_tokens, 2), cats) == NOTHING_ANNOTATED
    assert independent_categories(torch.zeros(n_tokens, 2), cats) == NOTHING_ANNOTATED


def test_docs_that_rule_out_every_category_teach_nothing():
    assert exclusive_categories(torch.zeros(2, 2), np.zeros((2, 2))) == NOTHING_ANNOTATED
