"""Scores of spans, against a loop over their tokens."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional

from spacy_bert_ext.spans import span_scores
from spacy_bert_ext.spans.candidates import Candidates, pairs
from spacy_bert_ext.spans.span_scores import N_LENGTHS, length_classes
from tests.spans.scored import random_scores


def everything(lengths: list[int]) -> Candidates:
    n_tokens = sum(lengths)
    return pairs(np.ones(n_tokens, bool), np.ones(n_tokens, bool), np.array(lengths), n_tokens)


def test_a_span_is_scored_by_its_ends_its_mean_and_its_length() -> None:
    scores, candidates = random_scores([4, 1, 6]), everything([4, 1, 6])
    expected = []
    for first, last in zip(candidates.first.tolist(), candidates.last.tolist()):
        mean = scores.inside[first : last + 1].mean(0)
        hidden = functional.gelu(scores.first[first] + scores.last[last] + mean + scores.lengths[last - first])
        expected.append(scores.weight @ hidden + scores.bias)
    assert len(expected) == 10 + 1 + 21
    torch.testing.assert_close(scores.logits(candidates, scores.sums()), torch.stack(expected))


def test_a_span_deep_in_a_long_doc_scores_as_in_a_short_one() -> None:
    """Differences of sums over 100,000 tokens would lose digits in single precision."""
    long = random_scores([100_000], hidden=4)
    long = replace(long, inside=long.inside + 100)
    short = replace(
        long,
        **{name: getattr(long, name)[-5:] for name in ("first", "last", "inside")},
        tokens_per_doc=np.array([5]),
    )
    of_long = long.logits(Candidates(np.array([99_996]), np.array([99_998])), long.sums())
    of_short = short.logits(Candidates(np.array([1]), np.array([3])), short.sums())
    torch.testing.assert_close(of_long, of_short, rtol=1e-6, atol=1e-6)


def test_dropout_is_of_training_only() -> None:
    scores, candidates = random_scores([6], hidden=64), everything([6])
    same = scores.logits(candidates, scores.sums())
    torch.testing.assert_close(scores.logits(candidates, scores.sums()), same)
    dropped = replace(scores, dropout=0.5).hidden(candidates, scores.sums())
    assert 0.3 < (dropped == 0).float().mean() < 0.7


def test_gradients_go_to_all_tensors() -> None:
    scores = random_scores([4, 3])
    leaves = scores.leaves()
    logits = leaves.logits(everything([4, 3]), leaves.sums())
    (logits.sum() + leaves.bounds.sum()).backward()
    assert all(leaf.grad is not None and leaf.grad.abs().sum() > 0 for leaf in leaves.tensors)
    assert not any(tensor.requires_grad for tensor in scores.tensors)


def test_likely_bounds_are_tokens_with_pieces() -> None:
    scores = random_scores([3])
    scores.bounds[:] = torch.tensor([[2.0, -2.0], [0.0, 0.0], [2.0, 2.0]])
    is_first, is_last = scores.likely_bounds(0.5)
    assert (is_first.tolist(), is_last.tolist()) == ([True, True, True], [False, True, True])
    scores = replace(scores, taggable=np.array([True, True, False]))
    is_first, is_last = scores.likely_bounds(0.6)
    assert (is_first.tolist(), is_last.tolist()) == ([True, False, False], [False, False, False])


@pytest.mark.parametrize("suggests", [False, True])
def test_no_more_candidates_than_asked_for_are_looked_at_once(monkeypatch, suggests: bool) -> None:
    monkeypatch.setattr(span_scores, "LOOKED_AT_ONCE", 7)
    candidates = everything([9, 4])
    scores = random_scores([9, 4], candidates=candidates if suggests else None)
    chunks = list(scores.looked_at(0.0, 13))
    assert all(len(chunk.first) <= 7 for chunk in chunks)
    np.testing.assert_array_equal(np.concatenate(chunks, axis=1), np.stack(candidates))


def test_lengths_are_told_apart_less_and_less() -> None:
    assert length_classes(np.arange(1, 9)).tolist() == list(range(8))
    assert length_classes(np.array([9, 10, 16, 32, 10**6])).tolist() == [7, 8, 11, 15, N_LENGTHS - 1]
    classes = length_classes(np.arange(1, 1000))
    assert (np.diff(classes) >= 0).all()
