"""Spans that are looked at, worked out by hand and against a loop over all spans."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_bert_ext.spans.candidates import Candidates, blocks_of_pairs, in_order, pairs, suggested
from tests.coded import raises_code


def listed(candidates: Candidates) -> list[tuple[int, int]]:
    return list(zip(candidates.first.tolist(), candidates.last.tolist()))


def flags(n_tokens: int, *places: int) -> np.ndarray:
    return np.isin(np.arange(n_tokens), places)


def test_pairs_lie_within_their_doc_and_are_not_too_long() -> None:
    found = pairs(flags(6, 0, 1, 4), flags(6, 1, 3, 5), np.array([4, 2]), 3)
    assert listed(found) == [(0, 1), (1, 1), (1, 3), (4, 5)]


@st.composite
def bounds(draw):
    lengths = draw(st.lists(st.integers(0, 6), min_size=1, max_size=4))
    n_tokens = sum(lengths)
    is_first, is_last = (
        np.array(draw(st.lists(st.booleans(), min_size=n_tokens, max_size=n_tokens)), dtype=bool) for _ in range(2)
    )
    return is_first, is_last, np.array(lengths, dtype=np.int64), draw(st.integers(1, 7))


@given(bounds(), st.integers(1, 9))
def test_blocks_are_all_pairs_in_order(case, size: int) -> None:
    is_first, is_last, lengths, max_tokens = case
    docs = np.repeat(np.arange(len(lengths)), lengths)
    expected = [
        (first, last)
        for first in np.flatnonzero(is_first).tolist()
        for last in np.flatnonzero(is_last).tolist()
        if docs[first] == docs[last] and 0 <= last - first < max_tokens
    ]
    assert listed(pairs(is_first, is_last, lengths, max_tokens)) == expected
    blocks = list(blocks_of_pairs(is_first, is_last, lengths, max_tokens=max_tokens, size=size))
    assert [span for block in blocks for span in listed(block)] == expected
    assert all(0 < len(block.first) <= size for block in blocks)


@pytest.mark.parametrize("max_tokens", [2**63 - 1, 10**30])
def test_max_tokens_may_be_any_number(max_tokens: int) -> None:
    is_first, is_last, lengths = flags(6, 1, 4), flags(6, 3, 5), np.array([4, 2])
    assert listed(pairs(is_first, is_last, lengths, max_tokens)) == [(1, 3), (4, 5)]
    blocks = blocks_of_pairs(is_first, is_last, lengths, max_tokens=max_tokens, size=9)
    assert [span for block in blocks for span in listed(block)] == [(1, 3), (4, 5)]


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9))), st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)))
)
def test_spans_are_found_among_candidates(spans, wanted) -> None:
    first, last = np.array(spans, dtype=np.int64).reshape(-1, 2).T
    candidates = in_order(first, last)
    assert listed(candidates) == sorted(set(spans))
    places = candidates.find(*np.array(wanted, dtype=np.int64).reshape(-1, 2).T).tolist()
    assert places == [sorted(set(spans)).index(span) if span in spans else -1 for span in wanted]


def test_a_union_has_each_span_once() -> None:
    one, other = in_order(np.array([0, 2]), np.array([1, 2])), in_order(np.array([0, 1]), np.array([1, 5]))
    assert listed(one.union(other)) == [(0, 1), (1, 5), (2, 2)]


@given(st.integers(0, 20), st.integers(1, 6))
def test_chunks_are_everything_in_turn(n: int, size: int) -> None:
    chunks = list(Candidates(np.arange(n), np.arange(n)).chunks(size))
    assert [span for chunk in chunks for span in listed(chunk)] == [(i, i) for i in range(n)]
    assert all(len(one.first) == size for one, _ in pairwise(chunks))


def test_suggested_spans_count_tokens_over_all_docs() -> None:
    spans = np.array([[0, 2], [0, 1], [0, 2], [1, 3]])
    assert listed(suggested(spans, [3, 1], np.array([2, 3]), "spans")) == [(0, 0), (0, 1), (3, 4)]


def test_nothing_may_be_suggested() -> None:
    assert listed(suggested(np.zeros((0, 0)), [0, 0], np.array([2, 3]), "spans")) == []


@pytest.mark.parametrize(
    ("spans", "per_doc", "code"),
    [
        ([[0, 1]], [1], "B380"),  # for one Doc of two
        ([[0, 1]], [1, 1], "B380"),
        ([[0, 1, 2]], [1, 0], "B380"),
        ([[0.5, 1.5]], [1, 0], "B380"),
        ([[0, 3]], [1, 0], "B381"),
        ([[1, 1]], [1, 0], "B381"),
        ([[-1, 1]], [0, 1], "B381"),
    ],
)
def test_what_is_no_span_of_the_docs_is_refused(spans, per_doc, code: str) -> None:
    with raises_code(code, match="suggester of 'mine'"):
        suggested(np.array(spans), per_doc, np.array([2, 3]), "mine")
