"""Sentences → windows: whole sentences in their order, as many as a window has room for."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ...types import Bools1d, Ints1d, Keys1d

_TOKENS_PER_PIECE = 16  # most tokens of a window for each piece of its room: what has no pieces takes no room


class Tokenized(NamedTuple):
    """The tokens of some texts, one or more, one after the other: (n_tokens,) each.

    keys: Hashes of their texts. words: The distinct texts.
    spaces: Whether a space follows. n_pieces: Of each token.
    sentence_starts, text_starts: Whether a sentence, or a text, begins.
    """

    keys: Keys1d
    words: Sequence[str]
    spaces: Bools1d
    n_pieces: Ints1d
    sentence_starts: Bools1d
    text_starts: Bools1d


class Run(NamedTuple):
    """Some tokens that follow each other. start, end: The first, and the one after the last."""

    tokens: Tokenized
    start: int
    end: int


Window = list[Run]


class Packer:
    """Takes tokens as they come, and gives full windows.

    room (int): Pieces of a window without special ones, 1 or more. A token with more is a window by itself.
    across_texts (bool): Whether a window may hold more than one text.
    """

    def __init__(self, room: int, *, across_texts: bool) -> None:
        self.room = room
        self.across_texts = across_texts
        self._window: Window = []
        self._n_pieces = self._n_tokens = 0

    def add(self, tokens: Tokenized) -> Iterator[Window]:
        """Windows that are full now. The last one stays open for what follows."""
        starts = np.flatnonzero(tokens.sentence_starts)
        per_sentence = np.add.reduceat(tokens.n_pieces, starts).tolist()
        begins_text = tokens.text_starts[starts].tolist()
        bounds = [*starts.tolist(), len(tokens.keys)]
        for i, n_pieces in enumerate(per_sentence):
            if begins_text[i] and not self.across_texts:
                yield from self.close()
            start, end = bounds[i], bounds[i + 1]
            if self._fits_alone(n_pieces, end - start):
                yield from self._append(Run(tokens, start, end), n_pieces)
            else:
                for run, n_of_run in self._cut(tokens, start, end):
                    yield from self._append(run, n_of_run)

    def close(self) -> Iterator[Window]:
        """What is left. A window without any piece is left out: there is nothing to learn."""
        if self._n_pieces:
            yield self._window
        self._window, self._n_pieces, self._n_tokens = [], 0, 0

    def _fits_alone(self, n_pieces: int, n_tokens: int) -> bool:
        return n_pieces <= self.room and n_tokens <= self.room * _TOKENS_PER_PIECE

    def _append(self, run: Run, n_pieces: int) -> Iterator[Window]:
        n_tokens = run.end - run.start
        if not self._fits_alone(self._n_pieces + n_pieces, self._n_tokens + n_tokens):
            yield from self.close()
        self._window.append(run)
        self._n_pieces += n_pieces
        self._n_tokens += n_tokens

    def _cut(self, tokens: Tokenized, start: int, end: int) -> Iterator[tuple[Run, int]]:
        """A sentence that is longer than a window, in parts that each fill one, and how many pieces they have."""
        ends = np.cumsum(tokens.n_pieces[start:end])
        place, before = 0, 0
        while place < len(ends):
            last = int(np.searchsorted(ends, before + self.room, side="right"))
            last = min(max(last, place + 1), place + self.room * _TOKENS_PER_PIECE)
            yield Run(tokens, start + place, start + last), int(ends[last - 1]) - before
            place, before = last, int(ends[last - 1])
