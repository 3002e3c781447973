"""Which spans nest, and counts of them, by hand and by comparing all pairs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_bert_ext.evaluation.nesting import nest, nested_counts


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], []),
        ([(0, 3)], [False]),
        ([(0, 3), (3, 5)], [False, False]),
        ([(0, 3), (1, 2), (4, 5)], [True, True, False]),
        ([(0, 3), (2, 5)], [False, False]),  # they cross
        ([(0, 3), (0, 3)], [True, True]),  # two labels
        ([(2, 3), (0, 3), (0, 1)], [True, True, True]),  # ends that are shared
        ([(0, 4), (2, 6), (3, 4)], [True, True, True]),
    ],
)
def test_spans_nest_inside_of_each_other(spans: list, expected: list) -> None:
    assert nest(spans) == expected


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(1, 6)), max_size=12))
def test_nesting_is_that_of_all_pairs(drawn: list[tuple[int, int]]) -> None:
    spans = [(start, start + size) for start, size in drawn]
    expected = [
        any((a[0] <= b[0] and b[1] <= a[1]) or (b[0] <= a[0] and a[1] <= b[1]) for j, b in enumerate(spans) if i != j)
        for i, a in enumerate(spans)
    ]
    assert nest(spans) == expected


def test_gold_decides_of_right_predictions_and_the_predictions_of_wrong_ones() -> None:
    gold = {(0, 5, "A"), (1, 2, "B"), (7, 8, "A"), (10, 12, "A")}
    predicted = {(0, 5, "A"), (7, 8, "A"), (7, 8, "B"), (10, 11, "A")}
    # (0, 5) is found, though nothing nests in it; (7, 8, "B") is wrong and nests; (10, 11) is wrong and stands alone.
    assert nested_counts(gold, predicted).tolist() == [1, 1, 1]
    assert nested_counts(gold, gold).tolist() == [2, 0, 0]
    assert nested_counts(set(), set()).tolist() == [0, 0, 0]
