"""Windows → batches: windows of like length together, up to a budget of padded pieces.

In bf16 the attention of a window depends, in its last digit, on how far the window is padded: torch's CPU kernel adds
up 16 pieces at a time, multiplies two at a time, and treats the rest one by one. So that a Doc gets the same
annotations alone and in any company, windows are padded to an even length at least, and a batch holds windows of one
bucket only, within which the padding makes no difference: even lengths with the same whole number of sixteens, and
below 16 the same even length. From 192 pieces on the kernel cuts its work in other ways too, and windows are padded to
the next multiple of 16, whatever else is in the batch.
"""

import math
from collections.abc import Iterator

import numpy as np

from ..types import Ints1d

LANES = 16
FIXED_FROM = 192  # pieces


def padded_length(longest: int, limit: int | None) -> int:
    """To how many pieces the windows of a batch are padded.

    longest (int): Pieces of the batch's longest window, special pieces included.
    limit (int): Most pieces that the encoder takes, or None.
    """
    rounded = int(rounded_lengths(np.array(longest)))
    return rounded if limit is None else min(rounded, limit)


def pack(
    lengths: Ints1d,
    max_batch_pieces: int,
    *,
    call_pieces: int,
    step_pieces: int = 1,
    same_in_any_company: bool = True,
) -> Iterator[Ints1d]:
    """Window numbers of each batch, longest windows first.

    A batch of `k` windows costs `k` times its longest window, and `call_pieces` for the call. Windows sorted by length
    are cut where that makes the sum least, and then to batches within the budget. One window alone may exceed it.

    lengths (Ints1d): Pieces of each window, special pieces included: (n_windows,).
    max_batch_pieces (int): The budget, in padded pieces, 1 or more.
    call_pieces (int): How many pieces the device could compute in the time that a call takes by itself.
    step_pieces (int): Full batches hold a multiple of so many padded pieces, if the budget allows one.
    same_in_any_company (bool): Whether batches stay within a bucket.
    """
    order = np.argsort(-lengths, kind="stable")
    rounded = rounded_lengths(lengths[order])
    buckets = _buckets(lengths[order]) if same_in_any_company else np.zeros(len(order), dtype=np.int64)
    ends: list[int] = [*(np.flatnonzero(buckets[1:] != buckets[:-1]) + 1).tolist(), len(order)] if len(order) else []
    start = 0
    for end in ends:
        for group_end in _cheapest_ends(rounded[start:end], max_batch_pieces, call_pieces) + start:
            n_fitting = most_windows(int(rounded[start]), max_batch_pieces, step_pieces)
            for first in range(start, group_end, n_fitting):
                yield order[first : min(first + n_fitting, group_end)]
            start = group_end


def most_windows(padded: int, max_batch_pieces: int, step_pieces: int = 1) -> int:
    """How many windows a full batch holds, see `pack`.

    padded (int): Pieces of each, with padding.
    """
    n_fitting = max(1, max_batch_pieces // padded)
    n_in_step = step_pieces // math.gcd(step_pieces, padded)
    return max(n_fitting - n_fitting % n_in_step, min(n_fitting, n_in_step))


def _cheapest_ends(lengths: Ints1d, budget: int, call_pieces: int) -> Ints1d:
    """Where to cut windows, sorted from long to short, into groups of least cost: the end of each group."""
    firsts = np.append(0, np.flatnonzero(lengths[1:] != lengths[:-1]) + 1)  # of each distinct length
    longest, bounds = lengths[firsts], np.append(firsts, len(lengths))
    best = np.zeros(len(bounds))  # cost of everything before each bound
    came_from = np.zeros(len(bounds), dtype=np.int64)
    for i in range(1, len(bounds)):
        padded = (bounds[i] - bounds[:i]) * longest[:i]
        costs = best[:i] + padded + call_pieces * np.ceil(padded / budget)
        came_from[i] = np.argmin(costs)
        best[i] = costs[came_from[i]]
    ends = [len(bounds) - 1]
    while came_from[ends[-1]] > 0:
        ends.append(came_from[ends[-1]])
    return bounds[ends[::-1]]


def _buckets(lengths: Ints1d) -> Ints1d:
    """A number for each window; windows of different numbers don't share a batch."""
    rounded = rounded_lengths(lengths)
    mixed = (rounded >= LANES) & (rounded < FIXED_FROM)
    return np.where(mixed, -(rounded // LANES), rounded)


def rounded_lengths(lengths: Ints1d) -> Ints1d:
    """Lengths rounded up to an even number or, from FIXED_FROM on, to a multiple of LANES."""
    multiples = np.where(lengths < FIXED_FROM, 2, LANES)
    return -(-lengths // multiples) * multiples
