"""Windows → batches: windows of like length together, up to a budget of padded pieces."""

from collections.abc import Iterator

import numpy as np

from ..types import Ints1d


def pack(lengths: Ints1d, max_batch_pieces: int) -> Iterator[Ints1d]:
    """Window numbers of each batch, longest windows first.

    A batch of `k` windows costs `k` times its longest window. One window alone may cost more than the budget.

    lengths (Ints1d): Pieces of each window, special pieces included: (n_windows,).
    """
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        size = max(1, max_batch_pieces // int(lengths[order[start]]))
        yield order[start : start + size]
        start += size
