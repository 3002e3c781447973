from itertools import pairwise, product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spacy_bert_ext.pieces.packing import pack, padded_length


def packed(lengths: list[int], budget: int, **options) -> list[list[int]]:
    batches = pack(np.array(lengths, dtype=np.int64), budget, **{"call_pieces": 0, **options})
    return [batch.tolist() for batch in batches]


def test_windows_of_one_padded_length_go_together_longest_first():
    # Padded to 30 28 | 20 18 18: without a cost per call no window is padded further than by itself.
    assert packed([29, 17, 19, 28, 18], 60) == [[0], [3], [2], [4, 1]]


def test_a_batch_is_padded_further_where_a_call_costs_more():
    # Three calls of 30 + 28 + 2 x 18 = 94 pieces; two of 2 x 30 + 2 x 18 = 96; one of 4 x 30 = 120.
    lengths = [18, 30, 18, 28]
    assert packed(lengths, 1000, call_pieces=1) == [[1], [3], [0, 2]]
    assert packed(lengths, 1000, call_pieces=3) == [[1, 3], [0, 2]]
    assert packed(lengths, 1000, call_pieces=25) == [[1, 3, 0, 2]]


def test_a_group_is_cut_into_batches_within_the_budget():
    assert packed([20] * 7, 44) == [[0, 1], [2, 3], [4, 5], [6]]
    assert packed([20] * 7, 60) == [[0, 1, 2], [3, 4, 5], [6]]


def test_full_batches_hold_whole_steps_if_the_budget_allows_one():
    # 8 windows of 6 pieces make 48, three steps of 16; of 20 pieces 4 make 80, five steps.
    assert [len(batch) for batch in packed([6] * 20, 64, step_pieces=16)] == [8, 8, 4]
    assert [len(batch) for batch in packed([20] * 10, 150, step_pieces=16)] == [4, 4, 2]
    # Two windows of 20 are less than a step of 64 needs, which is 16 of them.
    assert [len(batch) for batch in packed([20] * 5, 44, step_pieces=64)] == [2, 2, 1]


def test_a_window_over_the_budget_is_a_batch_by_itself():
    assert packed([20, 4, 3], 8) == [[0], [1, 2]]
    assert packed([2, 2], 1) == [[0], [1]]


def test_no_windows_make_no_batches():
    assert packed([], 10) == []


LENGTHS = st.lists(st.integers(1, 300), max_size=60)


def padded_cost(lengths: list[int], batches: list[list[int]], call_pieces: int) -> int:
    return sum(len(batch) * padded_length(max(lengths[i] for i in batch), None) + call_pieces for batch in batches)


@given(LENGTHS, st.integers(1, 2000), st.integers(0, 100), st.integers(1, 64), st.booleans())
def test_each_window_is_in_one_batch_and_batches_keep_to_the_budget(lengths, budget, call_pieces, step, same):
    batches = packed(lengths, budget, call_pieces=call_pieces, step_pieces=step, same_in_any_company=same)
    assert sorted(window for batch in batches for window in batch) == list(range(len(lengths)))
    costs = [[lengths[window] for window in batch] for batch in batches]
    for batch in costs:
        assert len(batch) == 1 or len(batch) * padded_length(max(batch), None) <= budget
        assert not same or len({bucket(length) for length in batch}) == 1
    for batch, following in pairwise(costs):
        assert min(batch) >= max(following)


@given(st.lists(st.integers(1, 300), min_size=1, max_size=7), st.integers(0, 100))
def test_no_other_cuts_of_the_sorted_windows_cost_less(lengths, call_pieces):
    batches = packed(lengths, 10**6, call_pieces=call_pieces, same_in_any_company=False)
    order = sorted(range(len(lengths)), key=lambda i: -lengths[i])
    for cuts in product((False, True), repeat=len(lengths) - 1):
        other = [[order[0]]]
        for window, cut in zip(order[1:], cuts, strict=True):
            other = [*other, [window]] if cut else [*other[:-1], [*other[-1], window]]
        assert padded_cost(lengths, batches, call_pieces) <= padded_cost(lengths, other, call_pieces)


def bucket(length: int) -> tuple[str, int]:
    even = length + length % 2
    if even < 16:
        return "even", even
    return ("sixteens", even // 16) if even < 192 else ("rounded up", -(-even // 16))


def test_lengths_of_different_buckets_do_not_share_a_batch():
    lengths = [6, 7, 8, 13, 14, 15, 16, 30, 31, 32, 190, 191, 192, 193, 208, 209]
    assert packed(lengths, 10**6, call_pieces=10**5) == [
        [15], [14, 13], [12, 11], [10], [9, 8], [7, 6, 5], [4, 3], [2, 1], [0]
    ]  # fmt: skip


def test_windows_are_padded_to_an_even_length_and_long_ones_to_a_multiple_of_16_within_the_limit():
    assert [padded_length(length, 512) for length in (1, 14, 15, 191, 192, 193, 208, 500, 512)] == [
        2, 14, 16, 192, 192, 208, 208, 512, 512
    ]  # fmt: skip
    assert padded_length(499, 500) == 500
    assert padded_length(499, None) == 512
