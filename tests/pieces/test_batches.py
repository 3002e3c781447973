from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spacy_bert_ext.pieces.batches import pack, padded_length


def packed(lengths: list[int], budget: int) -> list[list[int]]:
    return [batch.tolist() for batch in pack(np.array(lengths, dtype=np.int64), budget)]


def test_windows_of_like_length_go_together_longest_first():
    # Lengths 29 28 | 19 18 17: two windows padded to 29 take 58 of the budget of 60, then three padded to 19 take 57.
    assert packed([29, 17, 19, 28, 18], 60) == [[0, 3], [2, 4, 1]]


def test_equal_lengths_stay_in_order():
    assert packed([3, 3, 3, 3, 3], 6) == [[0, 1], [2, 3], [4]]


def test_a_window_over_the_budget_is_a_batch_by_itself():
    assert packed([20, 4, 3], 8) == [[0], [1, 2]]
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
        one_more = (len(batch) + 1) * max(batch) <= budget
        assert not one_more or bucket(max(following)) != bucket(max(batch))
    assert all(len({bucket(length) for length in batch}) == 1 for batch in costs)


def bucket(length: int) -> tuple[str, int]:
    even = length + length % 2
    if even < 16:
        return "even", even
    return ("sixteens", even // 16) if even < 192 else ("rounded up", -(-even // 16))


def test_lengths_of_different_buckets_do_not_share_a_batch():
    assert packed([6, 7, 8, 13, 14, 15, 16, 30, 31, 32, 190, 191, 192, 193, 208, 209], 10**6) == [
        [15], [14, 13], [12, 11], [10], [9, 8], [7, 6, 5], [4, 3], [2, 1], [0]
    ]  # fmt: skip


def test_windows_are_padded_to_an_even_length_and_long_ones_to_a_multiple_of_16_within_the_limit():
    assert [padded_length(length, 512) for length in (1, 14, 15, 191, 192, 193, 208, 500, 512)] == [
        2, 14, 16, 192, 192, 208, 208, 512, 512
    ]  # fmt: skip
    assert padded_length(499, 500) == 500
    assert padded_length(499, None) == 512
