"""Docs of several sentences → pairs of segments, of which the second one follows the first, or stands elsewhere.

    [CLS]  sentences of a Doc  [SEP]  what follows them, or what follows others in another Doc  [SEP]

Devlin et al. (2019), "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding", section 3.1.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ..arrays.ragged import expand_ranges, starts_of
from ..types import Bools1d, Ints1d
from .batches import Batch, Batches
from .pieces import Pieces
from .special_pieces import SpecialPieces
from .windows import Windows

NEXT, RANDOM = 0, 1  # labels, as transformers has them

_LEAST = 2  # pieces of the second segment that there must be room for


class SentencePairs(NamedTuple):
    """What is read of some Docs, one text of each: two segments with what stands between them, or the Doc as it is.

    pieces: Those between two segments are a token of their own.
    types: Token type of each piece: (n_pieces,).
    pairs, labels: Which Docs are pairs, and whether their second segment is the next one: (n_pairs,) each.
    tokens: Which token of its Doc each token is; -1 of those between segments, and of another Doc: (n_tokens,).
    """

    pieces: Pieces
    types: Ints1d
    pairs: Ints1d
    labels: Ints1d
    tokens: Ints1d


class _Segment(NamedTuple):
    """Tokens, counted over all Docs: from `start` to `stop`."""

    start: int
    stop: int


class _Pair(NamedTuple):
    """doc: Its number. first, second: Segments of the Doc; `second` goes on to its end."""

    doc: int
    first: _Segment
    second: _Segment


def pair_sentences(
    pieces: Pieces,
    sentence_starts: Bools1d,
    *,
    special: SpecialPieces,
    capacity: int,
    generator: np.random.Generator,
) -> SentencePairs:
    """Cut each Doc of several sentences where one of them begins, and give half of these the end of another one.

    Neither length nor end of a second segment tells which it is: for each Doc another one is drawn, and how many pieces
    there are, fewer than the shorter end of both has, before it is drawn which end is read. It is cut between tokens.

    sentence_starts: Of each token, whether a sentence begins: (n_tokens,).
    capacity (int): Pieces of a window without those around two segments and between them.
    """
    ends = np.cumsum(pieces.per_token)
    pairs = list(_cut(pieces, sentence_starts, ends, capacity=capacity, generator=generator))
    others, is_random = _others(len(pairs), generator)
    chosen: dict[int, tuple[_Segment, _Segment, int]] = {}
    for i, pair in enumerate(pairs):
        other = pairs[others[i]]
        room = capacity - _n_pieces(ends, pair.first)
        shortest = min(room, *(_n_pieces(ends, one.second) for one in (pair, other)))
        wanted = max(1, shortest // 2 + int(generator.integers(max(1, shortest - shortest // 2))))
        source = other if is_random[i] else pair
        second = _beginning(ends, source.second, wanted)
        if _n_pieces(ends, second) <= room:
            chosen[pair.doc] = pair.first, second, RANDOM if is_random[i] else NEXT
    return _read(pieces, chosen, special)


def _cut(
    pieces: Pieces, sentence_starts: Bools1d, ends: Ints1d, *, capacity: int, generator: np.random.Generator
) -> Iterator[_Pair]:
    """Of each Doc that can be cut a pair of segments, both with pieces."""
    starts = starts_of(pieces.tokens_per_doc)
    for doc, (start, n_tokens) in enumerate(zip(starts.tolist(), pieces.tokens_per_doc.tolist())):
        places = np.flatnonzero(sentence_starts[start + 1 : start + n_tokens]) + start + 1
        before = ends[places - 1] - _before(ends, start)
        after = pieces.per_doc[doc] - before
        places = places[(before > 0) & (after > 0) & (before <= capacity - _LEAST)]
        if len(places):
            place = int(places[generator.integers(len(places))])
            yield _Pair(doc, _Segment(start, place), _Segment(place, start + n_tokens))


def _others(n: int, generator: np.random.Generator) -> tuple[list[int], list[bool]]:
    """Of each pair another one, and whether the end of that is read: (n,) each."""
    if n < 2:
        return [0] * n, [False] * n
    others = (np.arange(n) + generator.integers(1, n, n)) % n
    return others.tolist(), (generator.random(n) < 0.5).tolist()


def _before(ends: Ints1d, token: int) -> int:
    return int(ends[token - 1]) if token else 0


def _n_pieces(ends: Ints1d, segment: _Segment) -> int:
    return _before(ends, segment.stop) - _before(ends, segment.start)


def _beginning(ends: Ints1d, segment: _Segment, n_pieces: int) -> _Segment:
    """As many whole tokens as have no more pieces, or those up to the first piece."""
    before = _before(ends, segment.start)
    stop = int(np.searchsorted(ends, before + n_pieces, side="right"))
    first_piece = int(np.searchsorted(ends, before, side="right"))
    return _Segment(segment.start, min(max(stop, first_piece + 1), segment.stop))


def _read(pieces: Pieces, chosen: dict[int, tuple[_Segment, _Segment, int]], special: SpecialPieces) -> SentencePairs:
    n_tokens = len(pieces.per_token)
    # What stands between two segments is a token after all others.
    with_between = pieces._replace(
        ids=np.concatenate([pieces.ids, np.array(special.between, dtype=np.int64)]),
        per_token=np.append(pieces.per_token, len(special.between)),
        taggable=np.append(pieces.taggable, False),
        tokens=np.concatenate([pieces.tokens, np.zeros((1, pieces.tokens.shape[1]), pieces.tokens.dtype)]),
    )
    of = special.types
    token_types = [0, 0, 0] if of is None else [of.first, *of.between[:1], of.second]
    segments: list[_Segment] = []
    types: list[int] = []
    n_segments: list[int] = []
    starts = starts_of(pieces.tokens_per_doc).tolist()
    for doc, (start, n_own) in enumerate(zip(starts, pieces.tokens_per_doc.tolist())):
        if doc in chosen:
            first, second, _ = chosen[doc]
            found = [first, _Segment(n_tokens, n_tokens + 1), second]
            types += token_types
        else:
            found = [_Segment(start, start + n_own)]
            types.append(0)
        segments += found
        n_segments.append(len(found))
    bounds = np.array(segments, dtype=np.int64).reshape(-1, 2)
    lengths = bounds[:, 1] - bounds[:, 0]
    tokens = expand_ranges(bounds[:, 0], lengths)
    per_token = with_between.per_token[tokens]
    doc_of_segment = np.repeat(np.arange(len(n_segments)), n_segments)
    tokens_per_doc = np.bincount(doc_of_segment, lengths, len(n_segments)).astype(np.int64)
    doc_of_token = np.repeat(np.arange(len(n_segments)), tokens_per_doc)
    per_doc = np.bincount(doc_of_token, per_token, len(n_segments)).astype(np.int64)
    own = tokens - np.array(starts, dtype=np.int64)[doc_of_token]
    is_own = (own >= 0) & (own < pieces.tokens_per_doc[doc_of_token])
    return SentencePairs(
        Pieces(
            ids=with_between.ids[expand_ranges(starts_of(with_between.per_token)[tokens], per_token)],
            per_token=per_token,
            per_doc=per_doc,
            tokens_per_doc=tokens_per_doc,
            taggable=with_between.taggable[tokens],
            tokens=with_between.tokens[tokens],
        ),
        types=np.repeat(np.repeat(np.array(types, dtype=np.int64), lengths), per_token),
        pairs=np.array(sorted(chosen), dtype=np.int64),
        labels=np.array([chosen[doc][2] for doc in sorted(chosen)], dtype=np.int64),
        tokens=np.where(is_own, own, -1),
    )


class PairBatches(Batches):
    """Batches of windows with token types: a pair of segments stands in one window, a Doc as it is in one or more.

    types: Of each piece: (n_pieces,).
    is_pair: Of each window: (n_windows,).
    """

    def __init__(
        self,
        read: SentencePairs,
        pieces: Pieces,
        windows: Windows,
        *,
        special: SpecialPieces,
        limit: int | None,
    ) -> None:
        super().__init__(pieces, windows, special=special, limit=limit)
        self._types = read.types
        is_pair = np.zeros(len(pieces.per_doc), np.bool_)
        is_pair[read.pairs] = True
        self._is_pair: Bools1d = np.repeat(is_pair, windows.per_doc)

    def make(self, windows: Ints1d, padded: int | None = None) -> Batch:
        batch, of = super().make(windows, padded), self.special.types
        if of is None:
            return batch
        types = np.zeros(batch.ids.size, dtype=np.int64)
        slots = self.slots(batch)
        types[slots.places] = self._types[slots.pieces]
        rows = np.flatnonzero(self._is_pair[windows])
        begin = rows * batch.ids.shape[1]
        end = begin + self.lengths[windows[rows]] - len(self.special.after)
        for places, numbers in ((begin, of.before), (end, of.after)):
            _fill(types, places, numbers)
        return batch._replace(types=types.reshape(batch.ids.shape))


def _fill(types: Ints1d, places: Ints1d, numbers: Sequence[int]) -> None:
    for i, number in enumerate(numbers):
        types[places + i] = number
