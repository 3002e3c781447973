"""Index arithmetic on flat arrays of rows of differing lengths."""

import numpy as np

from ..types import Ints1d


def starts_of(lengths: Ints1d) -> Ints1d:
    """Where each row begins in the flat array: (n_rows,)."""
    starts = np.zeros(len(lengths), dtype=np.int64)
    np.cumsum(lengths[:-1], out=starts[1:])
    return starts


def expand_ranges(starts: Ints1d, lengths: Ints1d) -> Ints1d:
    """The concatenation of `range(start, start + length)` of all rows: (sum of lengths,)."""
    total = int(lengths.sum())
    return np.repeat(starts - starts_of(lengths), lengths) + np.arange(total)


def rows_of(lengths: Ints1d) -> Ints1d:
    """Which row each element of the flat array belongs to: (sum of lengths,)."""
    return np.repeat(np.arange(len(lengths)), lengths)
