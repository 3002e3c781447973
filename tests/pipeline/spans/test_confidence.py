"""What scores of spans claim, by hand."""

from functools import partial

import numpy as np
import pytest

from spacy_bert_ext.losses.span_losses import GoldSpans
from spacy_bert_ext.pipeline.spans.confidence import confidence_of_spans, scores_of_each_label
from spacy_bert_ext.spans.candidates import in_order

CANDIDATES = in_order(np.array([0, 1, 4]), np.array([1, 1, 4]))  # the last one in a Doc without annotation
SCORES = np.array([[0.75, 0.05], [0.5, 0.25], [0.9, 0.9]])
# The third gold span is no candidate.
GOLD = GoldSpans(np.array([0, 1, 2]), np.array([1, 1, 3]), label=np.array([0, 1, 1]), is_annotated=np.arange(5) < 4)


def scores_at(part, temperature: float):
    yield CANDIDATES, SCORES / temperature


def test_pairs_that_are_worth_a_thought_are_right_or_wrong() -> None:
    found = confidence_of_spans(scores_at, [None], [GOLD])
    assert found.correct.tolist() == [1, 0, 1]
    assert found.scores_at(1.0).tolist() == [0.75, 0.5, 0.25]
    assert found.scores_at(2.0).tolist() == [0.375, 0.25, 0.125]
    assert found.loss_at(1.0) == pytest.approx(-np.log([0.75, 0.5, 0.25]).mean())


def test_nothing_found_is_no_confidence() -> None:
    found = confidence_of_spans(scores_at, [], [])
    assert found.correct.tolist() == [] and found.scores_at(1.0).tolist() == []


def test_gold_spans_that_are_no_candidates_score_nothing() -> None:
    of_first, of_second = scores_of_each_label(partial(scores_at, temperature=1.0), [None], [GOLD], 2)
    assert of_first[0].tolist() == [0.75, 0.5] and of_first[1].tolist() == [True, False]
    assert of_second[0].tolist() == [0.05, 0.25, 0.0] and of_second[1].tolist() == [False, True, True]
