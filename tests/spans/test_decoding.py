"""Which candidates are predicted, by hand."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spacy_bert_ext.spans.candidates import Candidates
from spacy_bert_ext.spans.decoding import (
    PredictedSpans,
    concatenated,
    exclusive_spans,
    independent_spans,
    sure_overlaps,
    without_overlaps,
)

CANDIDATES = Candidates(np.array([0, 0, 2]), np.array([0, 3, 4]))


def listed(spans: PredictedSpans) -> list[tuple[int, int, int, float]]:
    return list(zip(spans.first.tolist(), spans.last.tolist(), spans.label.tolist(), spans.score.tolist()))


def test_each_label_has_its_threshold() -> None:
    probabilities = np.array([[0.5, 0.9], [0.4, 0.5], [0.75, 0.875]])
    found = independent_spans(CANDIDATES, probabilities, np.array([0.5, 0.875]), None)
    assert listed(found) == [(0, 0, 0, 0.5), (0, 0, 1, 0.9), (2, 4, 0, 0.75), (2, 4, 1, 0.875)]


def test_the_likeliest_labels_of_a_span_are_kept() -> None:
    probabilities = np.array([[0.5, 0.9, 0.75], [0.75, 0.25, 0.75], [0.25, 0.0, 0.0]])
    thresholds = np.full(3, 0.5)
    one = independent_spans(CANDIDATES, probabilities, thresholds, 1)
    assert listed(one) == [(0, 0, 1, 0.9), (0, 3, 0, 0.75)]
    two = independent_spans(CANDIDATES, probabilities, thresholds, 2)
    assert [span[:3] for span in listed(two)] == [(0, 0, 1), (0, 0, 2), (0, 3, 0), (0, 3, 2)]
    assert listed(independent_spans(CANDIDATES, probabilities, thresholds, 9)) == listed(
        independent_spans(CANDIDATES, probabilities, thresholds, None)
    )


def test_an_exclusive_label_must_be_likelier_than_none() -> None:
    probabilities = np.array([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.125, 0.125, 0.75]])
    assert listed(exclusive_spans(CANDIDATES, probabilities, np.zeros(2))) == [(0, 3, 0, 0.5), (2, 4, 1, 0.75)]
    assert listed(exclusive_spans(CANDIDATES, probabilities, np.array([0.0, 0.8]))) == [(0, 3, 0, 0.5)]


def test_parts_follow_each_other() -> None:
    spans = exclusive_spans(CANDIDATES, np.array([[0.0, 1.0]] * 3), np.zeros(1))
    assert listed(concatenated([spans, spans])) == listed(spans) * 2
    assert listed(concatenated([])) == []
    assert listed(spans.where(np.array([True, False, True]))) == [(0, 0, 0, 1.0), (2, 4, 0, 1.0)]


def make_spans(rows: list[tuple[int, int, float]]) -> PredictedSpans:
    first = np.array([row[0] for row in rows], dtype=np.int64)
    sizes = np.array([row[1] for row in rows], dtype=np.int64)
    return PredictedSpans(first, first + sizes, np.zeros_like(first), np.array([row[2] for row in rows]))


def test_the_likeliest_of_overlapping_spans_stays() -> None:
    spans = make_spans([(0, 2, 0.5), (2, 1, 0.75), (3, 2, 0.625), (4, 0, 0.5)])
    assert without_overlaps(spans, np.zeros(6, bool)).tolist() == [False, True, False, True]


def test_overlaps_are_sure() -> None:
    spans = make_spans([(0, 2, 0.5), (2, 1, 0.75), (3, 2, 0.875), (6, 0, 0.5), (6, 1, 0.625)])
    assert sure_overlaps(spans, 8, 0.75).tolist() == [False, True, True, False, True]
    assert sure_overlaps(make_spans([(0, 1, 0.75), (1, 2, 0.5)]), 4, 0.75).tolist() == [True, False]
    assert sure_overlaps(spans, 8, 0.0).tolist() == [True] * 5
    assert sure_overlaps(make_spans([]), 8, 0.75).tolist() == []


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5), st.sampled_from([0.25, 0.5, 0.75]))))
def test_what_is_dropped_shares_a_token_with_something_as_likely_that_stays(rows) -> None:
    spans = make_spans(rows)
    kept = without_overlaps(spans, np.zeros(16, bool)).tolist()
    tokens = [set(range(first, last + 1)) for first, last, _, _ in listed(spans)]
    for i, row in enumerate(rows):
        rivals = [j for j in range(len(rows)) if j != i and kept[j] and tokens[i] & tokens[j]]
        assert not rivals if kept[i] else any(rows[j][2] >= row[2] for j in rivals)
