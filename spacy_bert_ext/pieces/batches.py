"""Windows → batches: windows of like length together, up to a budget of padded pieces.

In bf16 the attention of a window depends, in its last digit, on how far the window is padded: torch's CPU kernel adds
up 16 pieces at a time, multiplies two at a time, and treats the rest one by one. So that a Doc gets the same
annotations alone and in any company, windows are padded to an even length at least, and a batch holds windows of one
bucket only, within which the padding makes no difference: even lengths with the same whole number of sixteens, and
below 16 the same even length. From 192 pieces on the kernel cuts its work in other ways too, and windows are padded to
the next multiple of 16, whatever else is in the batch.
"""

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
    rounded = int(_rounded(np.array(longest)))
    return rounded if limit is None else min(rounded, limit)


def pack(lengths: Ints1d, max_batch_pieces: int) -> Iterator[Ints1d]:
    """Window numbers of each batch, longest windows first.

    A batch of `k` windows costs `k` times its longest window. One window alone may cost more than the budget.

    lengths (Ints1d): Pieces of each window, special pieces included: (n_windows,).
    """
    order = np.argsort(-lengths, kind="stable")
    buckets = _buckets(lengths[order])
    ends = np.append(np.flatnonzero(buckets[1:] != buckets[:-1]) + 1, len(order))
    start = 0
    for end in ends.tolist():
        while start < end:
            size = max(1, max_batch_pieces // int(lengths[order[start]]))
            yield order[start : min(start + size, end)]
            start = min(start + size, end)


def _buckets(lengths: Ints1d) -> Ints1d:
    """A number for each window; windows of different numbers don't share a batch."""
    rounded = _rounded(lengths)
    mixed = (rounded >= LANES) & (rounded < FIXED_FROM)
    return np.where(mixed, -(rounded // LANES), rounded)


def _rounded(lengths: Ints1d) -> Ints1d:
    """Lengths rounded up to an even number or, from FIXED_FROM on, to a multiple of LANES."""
    multiples = np.where(lengths < FIXED_FROM, 2, LANES)
    return -(-lengths // multiples) * multiples
