"""Which pieces, of all that are read, are the explained Doc's. Those of a question beside it, say, are not."""

from typing import NamedTuple

import numpy as np

from ..arrays.ragged import starts_of
from ..pieces.batches import Batches
from ..pieces.pieces import Pieces
from ..types import Bools1d, Ints1d


class DocPieces(NamedTuple):
    """Pieces of a Doc's tokens.

    start, end: The pieces of each token; 0 and 0 for one that is not read: (n_tokens,) each.
    taggable: Tokens that have pieces and are not blank: (n_tokens,).
    is_own: Whether a piece is of the Doc: (n_pieces,).
    """

    start: Ints1d
    end: Ints1d
    taggable: Bools1d
    is_own: Bools1d

    def per_token(self, of_pieces: np.ndarray) -> np.ndarray:
        """Sums over the pieces of each token: (n_tokens,)."""
        sums = np.append(0.0, np.cumsum(of_pieces))
        found: np.ndarray = sums[self.end] - sums[self.start]
        return found

    def all(self) -> Ints1d:
        """From the first of the Doc's pieces to the one after its last; what stands between is the Doc's: (2,)."""
        own = np.flatnonzero(self.is_own)
        return np.array([own[0], own[-1] + 1])


def pieces_of_tokens(pieces: Pieces, doc_tokens: Ints1d, n_tokens: int) -> DocPieces:
    """doc_tokens: See `Reading.doc_tokens`; those that are not -1 are the numbers of the Doc's tokens, once each."""
    starts, is_own = starts_of(pieces.per_token), doc_tokens >= 0
    start, end = np.zeros(n_tokens, np.int64), np.zeros(n_tokens, np.int64)
    taggable = np.zeros(n_tokens, np.bool_)
    start[doc_tokens[is_own]] = starts[is_own]
    end[doc_tokens[is_own]] = (starts + pieces.per_token)[is_own]
    taggable[doc_tokens[is_own]] = pieces.taggable[is_own]
    return DocPieces(start, end, taggable=taggable, is_own=np.repeat(is_own, pieces.per_token))


def windows_of(batches: Batches, pieces: DocPieces, reads: tuple[int, int] | None) -> Ints1d:
    """The windows that have pieces, and give some of these tokens of the Doc their vectors."""
    real = batches.lengths > 0
    if reads is not None:
        tokens = slice(*reads)
        first, last = pieces.start[tokens].min(), pieces.end[tokens].max()
        real &= (batches.windows.own_start < last) & (batches.windows.own_end > first)
    return np.flatnonzero(real)
