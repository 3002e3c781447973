"""Pieces of what stands around a Doc, which its window sees besides its own."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from spacy.tokens import Doc
from spacy.vocab import Vocab

from ..arrays.ragged import starts_of
from ..types import Ints1d
from .document_context import Words, context_of
from .pieces import Pieces
from .windows import Windows


class ContextPieces(NamedTuple):
    """Pieces before and after those that a window takes from its Doc.

    ids: Piece ids of all contexts, one after the other.
    before_start, n_before, after_start, n_after: Places in `ids`, and how many: (n_windows,) each.
    """

    ids: Ints1d
    before_start: Ints1d
    n_before: Ints1d
    after_start: Ints1d
    n_after: Ints1d


def no_context(n_windows: int) -> ContextPieces:
    return ContextPieces(np.zeros(0, np.int64), *(np.zeros(n_windows, np.int64) for _ in range(4)))


def make_context(
    docs: Sequence[Doc],
    windows: Windows,
    tokenize: Callable[[Sequence[Doc]], Pieces],
    *,
    capacity: int,
    context_pieces: int,
) -> ContextPieces:
    """Fill up windows with the pieces nearest to their Docs, as many before as after where there are enough.

    Docs of several windows have context enough and get none, as do those that have not been told of any.

    capacity (int): Pieces that a window holds besides its special ones.
    context_pieces (int): The most that a window gets; 0 for none.
    """
    context = no_context(len(windows.start))
    n_free = np.minimum(capacity - (windows.end - windows.start), context_pieces)
    first_windows = starts_of(windows.per_doc)
    chosen, around = [], []
    for place in np.flatnonzero((windows.per_doc == 1) & (n_free[first_windows] > 0)).tolist():
        found = context_of(docs[place])
        if found is not None:
            chosen.append(first_windows[place])
            around += [_without_last_space(docs[place].vocab, side) for side in found]
    if not chosen:
        return context
    pieces = tokenize(around)
    starts = starts_of(pieces.per_doc)
    before, after = pieces.per_doc[::2], pieces.per_doc[1::2]
    free = n_free[chosen]
    n_before = np.minimum(before, free - np.minimum(after, free // 2))
    context.n_before[chosen] = n_before
    context.before_start[chosen] = starts[::2] + before - n_before
    context.n_after[chosen] = np.minimum(after, free - n_before)
    context.after_start[chosen] = starts[1::2]
    return context._replace(ids=pieces.ids)


def _without_last_space(vocab: Vocab, side: Words) -> Doc:
    """Some tokenizers make a piece of its own of a space at the end."""
    return Doc(vocab, words=list(side.words), spaces=[*side.spaces[:-1], False][: len(side.words)])
