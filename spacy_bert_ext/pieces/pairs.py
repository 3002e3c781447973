"""Docs in pairs → windows of two segments: [CLS] first text [SEP] second text [SEP].

The second text of a pair is cut into windows, and each of them sees the whole first text: of a question and a long
context the context goes on in the next window, where the question stands again. Two short texts share one window.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from spacy.tokens import Doc

from ..arrays.ragged import starts_of
from ..errors import Errors
from ..types import Bools1d, Ints1d
from .pieces import Pieces
from .windows import Windows, make_windows

_LEAST = 2  # pieces of the second text in each window


class FirstTexts(NamedTuple):
    """The first segment of each window: (n_windows,) each.

    start, end: Its pieces, counted over all Docs as those of `Windows` are.
    is_owned: Whether the vectors of these pieces are taken from this window; it is so in one window of each pair.
    """

    start: Ints1d
    end: Ints1d
    is_owned: Bools1d


def make_pair_windows(
    docs: Sequence[Doc], pieces: Pieces, *, capacity: int, overlap: int
) -> tuple[Windows, FirstTexts]:
    """Windows of pairs. They are those of the second Docs: a first Doc has none of its own.

    docs, pieces: First and second text of each pair in turn: (2 * n_pairs,).
    capacity (int): Pieces that a window holds besides its special ones, those between the texts included.
    overlap (int): Pieces of the second text that neighbouring windows share; less where the first text leaves no room.
    RAISES (ValueError): A first text without a second one, or one that leaves no room for the second.
    """
    if len(docs) % 2:
        raise ValueError(Errors.B292.format(n_docs=len(docs)))
    n_first = pieces.per_doc[::2]
    if len(n_first) and int(n_first.max()) > capacity - _LEAST:
        place = int(n_first.argmax())
        text = docs[2 * place].text[:50]
        raise ValueError(Errors.B293.format(text=text, found=int(n_first[place]), allowed=capacity - _LEAST))
    # A first text fits into one window, which is left out below.
    capacities = np.stack([np.full(len(n_first), capacity), capacity - n_first], axis=1).reshape(-1)
    windows = make_windows(docs, pieces, capacity=capacities, overlap=overlap)
    of_second = np.repeat(np.arange(len(docs)) % 2 == 1, windows.per_doc)
    pair = np.repeat(np.arange(len(n_first)), windows.per_doc[1::2])
    first_start = starts_of(pieces.per_doc)[::2]
    is_owned = np.zeros(len(pair), np.bool_)
    is_owned[starts_of(windows.per_doc[1::2])] = True
    per_doc = windows.per_doc.copy()
    per_doc[::2] = 0
    first = FirstTexts(first_start[pair], (first_start + n_first)[pair], is_owned)
    chosen = Windows(
        start=windows.start[of_second],
        end=windows.end[of_second],
        own_start=windows.own_start[of_second],
        own_end=windows.own_end[of_second],
        per_doc=per_doc,
    )
    return chosen, first
