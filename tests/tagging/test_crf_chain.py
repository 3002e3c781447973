"""The likelihood of a CRF token by token, against all sequences."""

from itertools import product

import numpy as np
import pytest
import torch

from spacy_bert_ext.losses.tag_losses import crf_likelihood
from spacy_bert_ext.tagging.crf import Potentials
from spacy_bert_ext.tagging.crf_chain import conditional_log_probabilities, impossible_below
from spacy_bert_ext.tagging.tag_scores import TagScores
from spacy_bert_ext.tagging.tags import MISSING, all_tags
from tests.tagging.brute import forbid, random_potentials, sequences_of, weights_of

O, B, I, L, U = range(5)
ALLOWED = all_tags(1, "BILUO").allowed

CASES = [
    [B, I, L, O, U, O, B, L],
    [MISSING, L, MISSING, O, MISSING, B, MISSING, U],
    [MISSING] * 8,
    [B, MISSING, MISSING, O, MISSING, MISSING, MISSING, MISSING],
]
LENGTHS = [4, 0, 1, 3]


def ints(values: list[int]) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def brute_probabilities(potentials: Potentials, gold: list[int], lengths: list[int]) -> list[list[float]]:
    """By counting all sequences: of each tag, given the annotation before it."""
    rows, place = [], 0
    for one in sequences_of(potentials, lengths):
        weights = weights_of(one)
        n = len(one.emissions)
        wanted = gold[place : place + n]
        place += n
        for i in range(n):
            known = {
                tags: weight
                for tags, weight in weights.items()
                if all(g in (MISSING, t) for g, t in zip(wanted[:i], tags))
            }
            total = sum(known.values())
            rows.append([sum(w for tags, w in known.items() if tags[i] == tag) / total for tag in range(5)])
    return rows


@pytest.mark.parametrize("gold", CASES)
def test_probabilities_are_those_of_all_sequences(gold):
    potentials = forbid(random_potentials(8, 5), ALLOWED)
    found = conditional_log_probabilities(potentials, ints(gold), ints(LENGTHS))
    np.testing.assert_allclose(found.exp().numpy(), brute_probabilities(potentials, gold, LENGTHS), atol=1e-12)


@pytest.mark.parametrize("gold", CASES[:2])
def test_they_multiply_to_the_likelihood_of_the_whole(gold):
    potentials = random_potentials(8, 5)
    scores = TagScores(tuple(potentials), np.ones(8, dtype=bool), ints(LENGTHS))
    rows = np.flatnonzero(ints(gold) != MISSING)
    found = conditional_log_probabilities(forbid(potentials, ALLOWED), ints(gold), ints(LENGTHS))
    total = -found[rows, ints(gold)[rows]].sum().item()
    assert total == pytest.approx(crf_likelihood(scores, ints(gold), ALLOWED).value * len(rows), abs=1e-9)


@pytest.mark.parametrize("gold", CASES[:2])
def test_gradients(gold):
    leaves = [tensor.requires_grad_() for tensor in random_potentials(8, 5)]
    rows = np.flatnonzero(ints(gold) != MISSING)

    def of_truth(*tensors: torch.Tensor) -> torch.Tensor:
        potentials = forbid(Potentials(*tensors), ALLOWED)
        return conditional_log_probabilities(potentials, ints(gold), ints(LENGTHS))[rows, ints(gold)[rows]]

    assert torch.autograd.gradcheck(of_truth, leaves)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("gold", CASES)
def test_what_is_impossible_is_told_from_what_is_improbable(gold, dtype):
    spread = 5 if dtype == torch.float32 else 30
    potentials = forbid(random_potentials(8, 5, spread=spread, dtype=dtype), ALLOWED)
    found = conditional_log_probabilities(potentials, ints(gold), ints(LENGTHS))
    even = forbid(Potentials(*(torch.zeros_like(tensor) for tensor in random_potentials(8, 5))), ALLOWED)
    possible = np.array(brute_probabilities(even, gold, LENGTHS)) > 0
    without_scores = Potentials(*(tensor.to(dtype) for tensor in even))
    counted = conditional_log_probabilities(without_scores, ints(gold), ints(LENGTHS))
    assert ((counted > impossible_below(dtype)).numpy() == possible).all()
    assert found.isfinite().all()
    assert (found.exp().numpy()[~possible] < 1e-6).all()


def test_long_docs_neither_overflow_nor_vanish():
    gold = ints([B, I, L, O, U] * 200)
    leaves = tuple(tensor.float().requires_grad_() for tensor in random_potentials(1000, 5, spread=8))
    potentials = Potentials(*(tensor.double() for tensor in leaves))
    found = conditional_log_probabilities(forbid(potentials, ALLOWED), gold, ints([1000]))
    found[np.arange(1000), gold].sum().backward()
    assert all(leaf.grad.isfinite().all() for leaf in leaves)
    torch.testing.assert_close(found.exp().sum(1), torch.ones(1000, dtype=torch.float64))


def test_all_tags_of_a_scheme_can_be_told_apart():
    """With pairs of all kinds: every two tags that BIO allows, by brute force."""
    allowed = all_tags(2, "BIO").allowed
    potentials = forbid(random_potentials(2, 5), allowed)
    for first, second in product(range(5), repeat=2):
        if not (allowed.start[first] and allowed.between[first, second]):
            continue
        gold = ints([first, second])
        found = conditional_log_probabilities(potentials, gold, ints([2]))
        weights = weights_of(potentials)
        expected = np.log(weights[first, second] / sum(weights.values()))
        assert (found[0, first] + found[1, second]).item() == pytest.approx(expected, abs=1e-9)
