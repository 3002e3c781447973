"""Pieces → windows: long piece sequences to overlapping windows, and which window each piece's vector comes from.

    pieces     0 ............................................. n
    window 0   [==================|====]
    window 1                 [====|===============|====]
    window 2                                 [====|==============]
    vectors of |------ 0 ---------|------ 1 ------|------ 2 -----|

A window ends where a sentence ends, else where a token ends, else wherever it is full (a token longer than a window is
split). In an overlap the vectors change over in the middle, where a piece has most context on both sides.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from spacy.attrs import SENT_START
from spacy.tokens import Doc

from ..arrays.ragged import starts_of
from ..types import Ints1d
from .pieces import Pieces


class Windows(NamedTuple):
    """Windows of some Docs, in the order of their pieces. Positions count pieces over all Docs: (n_windows,) each.

    start, end: The pieces that the encoder sees.
    own_start, own_end: The pieces whose vectors are taken from this window; a partition of all pieces.
    per_doc: How many windows each Doc has, at least 1; of pairs, see `make_pair_windows`: (n_docs,).
    """

    start: Ints1d
    end: Ints1d
    own_start: Ints1d
    own_end: Ints1d
    per_doc: Ints1d


def make_windows(docs: Sequence[Doc], pieces: Pieces, *, capacity: int | Ints1d, overlap: int) -> Windows:
    """Cut every Doc's pieces into windows.

    A Doc without pieces has one window of special pieces only, so that it has a document vector.

    capacity (Union[int, Ints1d]): Pieces that a window holds besides its special ones, at least 2; or for each Doc how
        many its windows hold.
    overlap (int): Pieces that neighbouring windows share, at most half of `capacity`; less where Docs have less.
    """
    doc_starts = starts_of(pieces.per_doc)
    token_starts = starts_of(pieces.tokens_per_doc)
    long_docs = np.flatnonzero(pieces.per_doc > capacity)
    start, end = doc_starts, doc_starts + pieces.per_doc
    own_start, own_end = start, end
    per_doc = np.ones(len(docs), dtype=np.int64)
    if len(long_docs):
        parts: dict[str, list[Ints1d]] = {"start": [], "end": [], "own_start": [], "own_end": []}
        capacities, done = np.broadcast_to(capacity, len(docs)).tolist(), 0
        for i in long_docs.tolist():
            tokens = slice(token_starts[i], token_starts[i] + pieces.tokens_per_doc[i])
            token_breaks = starts_of(pieces.per_token[tokens])[1:]
            sentences = np.flatnonzero(docs[i].to_array(SENT_START)[1:] == 1)
            spans = split(
                int(pieces.per_doc[i]),
                token_breaks,
                token_breaks[sentences],
                capacity=capacities[i],
                overlap=min(overlap, capacities[i] // 2),
            )
            owned = owned_pieces(spans, token_breaks)
            for name, whole in (("start", start), ("end", end), ("own_start", own_start), ("own_end", own_end)):
                parts[name].append(whole[done:i])
            for name, array in zip(parts, (spans[:, 0], spans[:, 1], owned[:, 0], owned[:, 1])):
                parts[name].append(array + doc_starts[i])
            per_doc[i] = len(spans)
            done = i + 1
        start, end, own_start, own_end = (
            np.concatenate(parts[name] + [whole[done:]])
            for name, whole in (("start", start), ("end", end), ("own_start", own_start), ("own_end", own_end))
        )
    return Windows(start, end, own_start=own_start, own_end=own_end, per_doc=per_doc)


def split(n_pieces: int, token_breaks: Ints1d, sentence_breaks: Ints1d, *, capacity: int, overlap: int) -> Ints1d:
    """Windows of one Doc: (n_windows, 2) of start and end.

    token_breaks, sentence_breaks (Ints1d): Pieces at which a token or sentence begins, ascending.
    """
    spans = []
    start = 0
    while n_pieces - start > capacity:
        earliest, latest = start + capacity // 2 + 1, start + capacity
        end = _last_between(sentence_breaks, earliest, latest)
        if end is None:
            end = _last_between(token_breaks, earliest, latest)
        if end is None:
            end = latest
        spans.append((start, end))
        following = _first_between(token_breaks, end - overlap, end)
        start = end - overlap if following is None else following
    spans.append((start, n_pieces))
    return np.array(spans, dtype=np.int64)


def owned_pieces(spans: Ints1d, token_breaks: Ints1d) -> Ints1d:
    """Which pieces each window gives its vectors to, never parting a token if a token begins in the overlap."""
    changes: list[int] = []
    for (_, end), (start, _) in zip(spans[:-1].tolist(), spans[1:].tolist()):
        middle = (start + end + 1) // 2
        later = _first_between(token_breaks, middle, end)
        earlier = _last_between(token_breaks, start, middle)
        candidates = [place for place in (earlier, later) if place is not None]
        change = min(candidates, key=lambda place: abs(place - middle)) if candidates else middle
        changes.append(max([change] + changes[-1:]))
    return np.array(list(zip([0] + changes, changes + [int(spans[-1, 1])])), dtype=np.int64)


def _last_between(places: Ints1d, low: int, high: int) -> int | None:
    i = int(np.searchsorted(places, high, side="right")) - 1
    return int(places[i]) if i >= 0 and places[i] >= low else None


def _first_between(places: Ints1d, low: int, high: int) -> int | None:
    i = int(np.searchsorted(places, low, side="left"))
    return int(places[i]) if i < len(places) and places[i] <= high else None
