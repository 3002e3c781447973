from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spacy_bert_ext.pieces.batches import pack


def packed(lengths: list[int], budget: int) -> list[list[int]]:
    return [batch.tolist() for batch in pack(np.array(lengths, dtype=np.int64), budget)]


def test_windows_of_like_length_go_together_longest_first():
    # Lengths 5 4 | 3 2 1: two windows padded to 5 fill the budget of 10, then three padded to 3 take 9 of it.
    assert packed([5, 1, 3, 4, 2], 10) == [[0, 3], [2, 4, 1]]


def test_equal_lengths_stay_in_order():
    assert packed([3, 3, 3, 3, 3], 6) == [[0, 1], [2, 3], [4]]


def test_a_window_over_the_budget_is_a_batch_by_itself():
    assert packed([20, 3, 2], 6) == [[0], [1, 2]]
    assert packed([2, 2], 1) == [[0], [1]]


def test_no_windows_make_no_batches():
    assert packed([], 10) == []


@given(st.lists(st.integers(1, 50), max_size=60), st.integers(1, 200))
def test_each_window_is_in_one_batch_and_batches_keep_to_the_budget(lengths, budget):
    batches = packed(lengths, budget)
    assert sorted(window for batch in batches for window in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[window] for window in batch) <= budget
    costs = [[lengths[window] for window in batch] for batch in batches]
    for batch, following in pairwise(costs):
        assert min(batch) >= max(following)
        assert (len(batch) + 1) * max(batch) > budget  # one more would not have fitted
