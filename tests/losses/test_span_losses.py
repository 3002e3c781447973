"""The loss of spans, worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional

from spacy_bert_ext.losses import span_losses
from spacy_bert_ext.losses.category_losses import independent_categories
from spacy_bert_ext.losses.loss import Loss
from spacy_bert_ext.losses.span_losses import GoldSpans, learned_from, loss_of_spans
from spacy_bert_ext.spans.candidates import in_order
from spacy_bert_ext.spans.span_scores import SpanScores
from tests.spans.scored import check_slopes, random_scores


def gold_of(*spans: tuple[int, int, int], annotated: list[bool]) -> GoldSpans:
    first, last, label = np.array(spans, dtype=np.int64).reshape(-1, 3).T
    return GoldSpans(first, last, label=label, is_annotated=np.array(annotated))


def bce(gold: GoldSpans, n_labels: int = 2):
    return lambda logits, candidates: independent_categories(logits, gold.values(candidates, n_labels))


def listed(candidates) -> list[tuple[int, int]]:
    return list(zip(candidates.first.tolist(), candidates.last.tolist()))


def test_the_loss_is_a_sum_over_candidates_and_bounds_by_token() -> None:
    scores, gold = random_scores([3, 2]), gold_of((0, 1, 0), (0, 1, 1), (1, 1, 1), annotated=[True] * 3 + [False] * 2)
    candidates = in_order(np.array([0, 1, 2]), np.array([1, 1, 2]))
    loss = loss_of_spans(scores, gold, candidates, bce(gold))
    truths = torch.tensor([[1.0, 1.0], [0.0, 1.0], [0.0, 0.0]])
    of_spans = functional.binary_cross_entropy_with_logits(
        scores.logits(candidates, scores.sums()), truths, reduction="sum"
    )
    of_bounds = functional.binary_cross_entropy_with_logits(
        scores.bounds[:3], torch.tensor([[1.0, 0.0], [1.0, 1.0], [0.0, 0.0]]), reduction="sum"
    )
    assert loss.value == pytest.approx(float(of_spans + of_bounds) / 3, rel=1e-6)
    assert loss.weight == 3


def test_gradients_are_those_of_the_value() -> None:
    scores, gold = random_scores([4]), gold_of((0, 2, 1), annotated=[True] * 4)
    candidates = in_order(np.array([0, 0, 1]), np.array([0, 2, 3]))
    check_slopes(lambda: loss_of_spans(scores, gold, candidates, bce(gold)), scores)


def test_chunks_change_nothing(monkeypatch) -> None:
    scores, gold = random_scores([5]), gold_of((0, 2, 1), (3, 3, 0), annotated=[True] * 5)
    candidates = learned_from(scores, gold, 0.1, 5)
    whole = loss_of_spans(scores, gold, candidates, bce(gold))
    monkeypatch.setattr(span_losses, "CANDIDATES_AT_ONCE", 4)
    parts = loss_of_spans(scores, gold, candidates, bce(gold))
    assert parts.value == pytest.approx(whole.value, rel=1e-6)
    for one, other in zip(parts.gradients, whole.gradients):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def test_suggested_candidates_have_no_loss_of_bounds() -> None:
    candidates = in_order(np.array([0, 1]), np.array([1, 1]))
    scores, gold = random_scores([3], candidates=candidates), gold_of((0, 1, 0), annotated=[True] * 3)
    loss = loss_of_spans(scores, gold, candidates, bce(gold))
    truths = torch.tensor([[1.0, 0.0], [0.0, 0.0]])
    of_spans = functional.binary_cross_entropy_with_logits(
        scores.logits(candidates, scores.sums()), truths, reduction="sum"
    )
    assert loss.value == pytest.approx(float(of_spans) / 3, rel=1e-6)
    assert loss.gradients[0].abs().sum() == 0


def test_docs_without_annotation_teach_nothing() -> None:
    scores, gold = random_scores([3]), gold_of(annotated=[False] * 3)
    assert loss_of_spans(scores, gold, learned_from(scores, gold, 0.1, 5), bce(gold)) == Loss(0.0, None, 0.0)


def test_an_annotated_doc_without_spans_teaches_that_there_are_none() -> None:
    scores, gold = random_scores([3]), gold_of(annotated=[True] * 3)
    loss = loss_of_spans(scores, gold, learned_from(scores, gold, 0.1, 5), bce(gold))
    assert loss.weight == 3 and loss.value > 0
    assert all((loss.gradients[0] > 0).flatten())


def with_bounds(lengths: list[int], firsts: list[int], lasts: list[int]) -> SpanScores:
    scores = random_scores(lengths)
    scores.bounds[:] = -9.0
    scores.bounds[firsts, 0] = scores.bounds[lasts, 1] = 9.0
    return scores


def test_short_spans_and_likely_long_ones_are_learned_from(monkeypatch) -> None:
    monkeypatch.setattr(span_losses, "SHORT_TOKENS", 2)
    scores, gold = with_bounds([6, 3], [0], [4]), gold_of((1, 5, 0), annotated=[True] * 6 + [False] * 3)
    short = [(i, j) for i in range(6) for j in (i, i + 1) if j < 6]
    assert listed(learned_from(scores, gold, 0.5, 4)) == sorted([*short, (0, 4), (1, 4), (1, 5)])
    # Nothing is longer than the longest gold span, or the longest that is found.
    assert (0, 5) not in listed(learned_from(scores, gold, 0.5, 4))
    assert (0, 5) in listed(learned_from(scores, gold, 0.5, 6))


def test_no_short_span_begins_or_ends_in_a_token_without_pieces(monkeypatch) -> None:
    monkeypatch.setattr(span_losses, "SHORT_TOKENS", 3)
    scores, gold = with_bounds([3], [], []), gold_of(annotated=[True] * 3)
    scores = replace(scores, taggable=np.array([True, False, True]))
    assert listed(learned_from(scores, gold, 0.5, 3)) == [(0, 0), (0, 2), (2, 2)]


def test_only_annotated_docs_of_a_suggester_are_learned_from() -> None:
    candidates = in_order(np.array([0, 1, 3]), np.array([1, 1, 4]))
    scores, gold = random_scores([3, 2], candidates=candidates), gold_of(annotated=[False] * 3 + [True] * 2)
    assert listed(learned_from(scores, gold, 0.1, 5)) == [(3, 4)]
