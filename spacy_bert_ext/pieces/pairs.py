"""Docs in pairs → windows of two segments: [CLS] first text [SEP] second text [SEP].

One text of a pair is cut into windows, and each of them sees the whole other one: of a question and a long context the
context goes on in the next window, where the question stands again. Two short texts share one window.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from spacy.tokens import Doc

from ..arrays.ragged import starts_of
from ..errors import Errors
from ..types import Bools1d, Ints1d
from .pieces import Pieces
from .windows import Windows, make_windows

Cut = Literal["second", "longer"]

_LEAST = 2  # pieces of the text that is cut in each window


class WholeTexts(NamedTuple):
    """The segment of each window that is not cut: (n_windows,) each.

    start, end: Its pieces, counted over all Docs as those of `Windows` are.
    is_owned: Whether the vectors of these pieces are taken from this window; it is so in one window of each pair.
    is_first: Whether it is the first of the two segments.
    """

    start: Ints1d
    end: Ints1d
    is_owned: Bools1d
    is_first: Bools1d


def make_pair_windows(
    docs: Sequence[Doc], pieces: Pieces, *, capacity: int, overlap: int, cut: Cut = "second"
) -> tuple[Windows, WholeTexts]:
    """Windows of pairs. They are those of the Doc that is cut: the other one has none of its own.

    docs, pieces: First and second text of each pair in turn: (2 * n_pairs,).
    capacity (int): Pieces that a window holds besides its special ones, those between the texts included.
    overlap (int): Pieces of the cut text that neighbouring windows share; less where the whole text leaves no room.
    cut (str): "second": of each pair the second text. "longer": of pairs that do not fit into one window the longer
        text, or the second one of two that are alike.
    RAISES (ValueError): A first text without a second one, or a text that is not cut and leaves no room for the other.
    """
    if len(docs) % 2:
        raise ValueError(Errors.B292.format(n_docs=len(docs)))
    n_first, n_second = pieces.per_doc[::2], pieces.per_doc[1::2]
    cuts_first = (n_first + n_second > capacity) & (n_first > n_second) & (cut == "longer")
    n_whole = np.where(cuts_first, n_second, n_first)
    _check_room(docs, n_whole, cuts_first, allowed=capacity - _LEAST, cut=cut)
    # A whole text fits into one window, which is left out below.
    is_cut = np.stack([cuts_first, ~cuts_first], axis=1).reshape(-1)
    capacities = np.where(is_cut, capacity - np.repeat(n_whole, 2), capacity)
    windows = make_windows(docs, pieces, capacity=capacities, overlap=overlap)
    chosen = np.repeat(is_cut, windows.per_doc)
    per_doc = np.where(is_cut, windows.per_doc, 0)
    per_pair = per_doc.reshape(-1, 2).sum(axis=1)
    pair = np.repeat(np.arange(len(n_first)), per_pair)
    whole_start = starts_of(pieces.per_doc).reshape(-1, 2)[np.arange(len(n_first)), cuts_first.astype(np.int64)]
    is_owned = np.zeros(len(pair), np.bool_)
    is_owned[starts_of(per_pair)] = True
    whole = WholeTexts(whole_start[pair], (whole_start + n_whole)[pair], is_owned=is_owned, is_first=~cuts_first[pair])
    cut_windows = Windows(
        start=windows.start[chosen],
        end=windows.end[chosen],
        own_start=windows.own_start[chosen],
        own_end=windows.own_end[chosen],
        per_doc=per_doc,
    )
    return cut_windows, whole


def _check_room(docs: Sequence[Doc], n_whole: Ints1d, cuts_first: Bools1d, *, allowed: int, cut: Cut) -> None:
    """n_whole: Pieces of the text of each pair that is not cut: (n_pairs,)."""
    if not len(n_whole) or int(n_whole.max()) <= allowed:
        return
    place = int(n_whole.argmax())
    text, found = docs[2 * place + int(cuts_first[place])].text[:50], int(n_whole[place])
    message = Errors.B293 if cut == "second" else Errors.B450
    raise ValueError(message.format(text=text, found=found, allowed=allowed))
