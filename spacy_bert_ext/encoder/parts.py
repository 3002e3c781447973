"""A Doc of so many pieces that its vectors are not held → its parts, each like a Doc of its own."""

import numpy as np
from torch import Tensor

from ..pieces.batches import Batches
from ..pieces.pieces import Pieces
from ..types import Ints1d
from .output import EncodedDocs, LayerMeans


def part_bounds(batches: Batches, part_pieces: int) -> Ints1d:
    """Windows at which parts of about `part_pieces` pieces begin, and the number of windows. No token is parted."""
    pieces, own_start = batches.pieces, batches.windows.own_start
    token_starts = np.cumsum(pieces.per_token) - pieces.per_token
    between_tokens = np.flatnonzero(np.isin(own_start, token_starts))
    wanted = np.arange(0, len(pieces.ids), part_pieces)
    chosen = np.searchsorted(own_start[between_tokens], wanted)
    firsts = np.unique(between_tokens[chosen[chosen < len(between_tokens)]])
    return np.append(firsts, len(batches.lengths))


def pieces_of(batches: Batches, first: int, last: int) -> slice:
    """Those that the windows from `first` up to `last` of one Doc own."""
    windows = batches.windows
    return slice(int(windows.own_start[first]), int(windows.own_end[last - 1]))


def encoded_part(
    batches: Batches, first: int, last: int, vectors: tuple[Tensor, Tensor, LayerMeans | None]
) -> EncodedDocs:
    """The windows from `first` up to `last` of one Doc, as if they were a Doc of their own."""
    pieces, owned = batches.pieces, pieces_of(batches, first, last)
    token_ends = np.cumsum(pieces.per_token)
    # Tokens without pieces go with the token before; those at the beginning with the first part.
    first_token = int(np.searchsorted(token_ends, owned.start, side="right")) if owned.start else 0
    last_token = len(token_ends)
    if owned.stop < token_ends[-1]:
        last_token = int(np.searchsorted(token_ends, owned.stop, side="right"))
    tokens = slice(first_token, last_token)
    piece_vectors, window_vectors, layer_means = vectors
    return EncodedDocs(
        piece_vectors,
        window_vectors,
        pieces=Pieces(
            ids=pieces.ids[owned],
            per_token=pieces.per_token[tokens],
            per_doc=np.array([owned.stop - owned.start]),
            tokens_per_doc=np.array([last_token - first_token]),
            taggable=pieces.taggable[tokens],
            tokens=pieces.tokens[tokens],
        ),
        windows_per_doc=np.array([last - first]),
        pieces_per_window=batches.pieces_per_window[first:last],
        for_docs=layer_means,
    )
