"""The CRF for scores of any size, against a sum over all sequences."""

from itertools import pairwise, product

import numpy as np
import pytest
import torch
from torch import Tensor

from spacy_bert_ext.losses.controls import LossControls
from spacy_bert_ext.losses.tag_losses import crf_likelihood
from spacy_bert_ext.tagging.crf import time_major
from spacy_bert_ext.tagging.crf_wide import pass_log_messages
from spacy_bert_ext.tagging.decoded import entity_scores
from spacy_bert_ext.tagging.decoders import crf
from spacy_bert_ext.tagging.potentials import crf_potentials
from spacy_bert_ext.tagging.segments import whole
from spacy_bert_ext.tagging.tag_scores import TagScores
from spacy_bert_ext.tagging.tags import MISSING, all_tags
from tests.tagging.brute import is_allowed

ALLOWED = all_tags(1, "BILUO")
N_TOKENS, N_TAGS = 5, 5
SPREADS = [(1, 1), (30, 1), (400, 1), (1e4, 50), (1, 300), (300, 300), (30, 1e4), (1e6, 1e6), (1e30, 1)]
# Has nothing to do, but goes token by token.
TOKEN_BY_TOKEN = LossControls(focal_gamma=1e-12)


def make(of_tags: float, of_pairs: float, seed: int) -> TagScores:
    generator = torch.Generator().manual_seed(seed)
    shapes = [(N_TOKENS, N_TAGS), (N_TAGS,), (N_TAGS,), (N_TAGS, N_TAGS)]
    spreads = [of_tags, of_pairs, of_pairs, of_pairs]
    tensors = [torch.randn(shape, generator=generator) * spread for shape, spread in zip(shapes, spreads)]
    return TagScores(tuple(tensors), np.ones(N_TOKENS, bool), np.array([N_TOKENS]))


SEQUENCES = [tags for tags in product(range(N_TAGS), repeat=N_TOKENS) if is_allowed(tags, ALLOWED.allowed)]


def log_weights(tensors: tuple[Tensor, ...]) -> Tensor:
    """Of all sequences that are allowed: (n_sequences,)."""
    emissions, start, end, between = (tensor.double() for tensor in tensors)
    rows = torch.arange(N_TOKENS)
    return torch.stack(
        [
            emissions[rows, list(tags)].sum() + start[tags[0]] + end[tags[-1]] + sum(between[p] for p in pairwise(tags))
            for tags in SEQUENCES
        ]
    )


def holds(gold: np.ndarray) -> list[int]:
    return [i for i, tags in enumerate(SEQUENCES) if all(b in (a, MISSING) for a, b in zip(tags, gold))]


@pytest.mark.parametrize("controls", [LossControls(), TOKEN_BY_TOKEN], ids=["whole", "token by token"])
@pytest.mark.parametrize(("of_tags", "of_pairs"), SPREADS)
def test_losses_and_gradients_are_those_of_all_sequences(of_tags, of_pairs, controls):
    for seed in range(3):
        scores = make(of_tags, of_pairs, seed)
        gold = np.array(SEQUENCES[97 * (seed + 1) % len(SEQUENCES)])
        if seed == 2:
            gold[[1, 3]] = MISSING
        leaves = tuple(tensor.clone().requires_grad_() for tensor in scores.tensors)
        found = crf_likelihood(scores, gold, ALLOWED.allowed, controls)
        weights = log_weights(leaves)
        expected = (weights.logsumexp(0) - weights[holds(gold)].logsumexp(0)) / (gold != MISSING).sum()
        assert found.value == pytest.approx(expected.item(), rel=1e-5, abs=1e-5)
        for one, other in zip(found.gradients, torch.autograd.grad(expected, leaves)):
            torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("temperature", [1.0, 5.0])
@pytest.mark.parametrize(("of_tags", "of_pairs"), SPREADS)
def test_entities_and_their_scores_are_those_of_all_sequences(of_tags, of_pairs, temperature):
    for seed in range(3):
        scores = make(of_tags, of_pairs, seed)
        decoded = crf(scores, ALLOWED.allowed, temperature)
        weights = log_weights(scores.tensors)
        assert tuple(decoded.tags) == SEQUENCES[int(weights.argmax())]
        probabilities = (weights / temperature).softmax(0)
        entities = ALLOWED.to_entities(decoded.tags, scores.lengths)
        expected = []
        for first, last in zip(entities.first, entities.last):
            inside = np.full(N_TOKENS, MISSING)
            inside[first : last + 1] = decoded.tags[first : last + 1]
            expected.append(probabilities[holds(inside)].sum().item())
        assert entity_scores(decoded, entities) == pytest.approx(expected, abs=1e-4)


def test_a_path_that_is_unlikely_for_long_and_best_in_the_end_is_found():
    """By 100 at each of four tokens, which the last one makes good: neither the tags nor the scores forget it."""
    logits = torch.zeros((6, N_TAGS))
    logits[:, 0] = 200.0
    logits[5, 0], logits[5, 3] = 0.0, 1000.5
    zeros = torch.zeros(N_TAGS)
    scores = TagScores((logits, zeros, zeros, torch.zeros(N_TAGS, N_TAGS)), np.ones(6, bool), np.array([6]))
    decoded = crf(scores, ALLOWED.allowed)
    # O has 1000 before an end, the entity 1000.5 from anywhere: over two tokens it costs 200.
    assert decoded.tags.tolist() == [0, 0, 0, 0, 1, 3]
    entities = ALLOWED.to_entities(decoded.tags, scores.lengths)
    assert entity_scores(decoded, entities) == pytest.approx([1.0])
    loss = crf_likelihood(scores, np.zeros(6, dtype=np.int64), ALLOWED.allowed)
    assert loss.value == pytest.approx((800 + 1000.5 - 1000) / 6, rel=1e-6)


def test_logarithms_of_messages_are_those_of_messages():
    scores = make(2.0, 2.0, 0)
    potentials = crf_potentials(scores.tensors, ALLOWED.allowed)
    messages = pass_log_messages(potentials, time_major(whole(np.array([N_TOKENS]))))
    marginals = (messages.forward + messages.backward).exp()
    probabilities = log_weights(scores.tensors).softmax(0)
    for i, tag in product(range(N_TOKENS), range(N_TAGS)):
        expected = sum(probabilities[j] for j, tags in enumerate(SEQUENCES) if tags[i] == tag)
        assert float(marginals[i, tag]) == pytest.approx(float(expected), abs=1e-6)
