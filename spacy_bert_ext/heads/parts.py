"""What a head's module makes of the parts of what is encoded, in one array."""

from collections.abc import Iterator
from itertools import chain

import torch
from torch import Tensor


def rows_of_parts(parts: Iterator[Tensor], n_rows: int) -> Tensor:
    """All parts' rows, (n_rows, n): there is at least one part.

    Without gradients, no second copy is made of what may be the largest array of all.
    """
    first = next(parts)
    if len(first) == n_rows:
        return first
    if torch.is_grad_enabled():
        return torch.cat([first, *parts])
    rows, n_done = first.new_empty((n_rows, first.shape[1])), 0
    for part in chain([first], parts):
        rows[n_done : n_done + len(part)] = part
        n_done += len(part)
    return rows
