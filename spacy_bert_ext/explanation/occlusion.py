"""Occlusion: how much a score falls when the pieces of one token are taken away. By prediction alone, on any back end.

Zeiler, Fergus 2014, "Visualizing and Understanding Convolutional Networks", with pieces in the place of pixels.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from ..encoder.backends.backend import Predictor
from ..encoder.inputs import inputs_of
from ..types import Ints1d
from .copies import Copies, Rows


class Occlusion:
    """piece (int): Takes the places of those that are taken away, one for one."""

    def __init__(self, copies: Copies, predictor: Predictor, piece: int, *, max_batch_pieces: int) -> None:
        self._copies, self._predictor, self._piece = copies, predictor, piece
        self._max_batch_pieces = max_batch_pieces

    @torch.no_grad()
    def value(self) -> float:
        """The score of the text."""
        return float(self._copies.scores([], 1)[0])

    @torch.no_grad()
    def baseline_value(self) -> float:
        """The score without any pieces of the text."""
        return float(self._scores(self._copies.pieces.all()[None])[0])

    def tokens_read(self, tokens: Ints1d) -> Ints1d:
        """Those that have pieces in windows on which the score depends; the others' falls are 0: (n,)."""
        changes = np.zeros(len(self._copies.batches.pieces.ids) + 1, dtype=np.int64)
        for starts, ends in self._copies.batches.segments(self._copies.windows):
            np.add.at(changes, starts, 1)
            np.add.at(changes, ends, -1)
        n_seen = np.append(0, np.cumsum(np.cumsum(changes)[:-1] > 0))
        pieces = self._copies.pieces
        found: Ints1d = tokens[n_seen[pieces.end[tokens]] > n_seen[pieces.start[tokens]]]
        return found

    @torch.no_grad()
    def falls(self, tokens: Ints1d, tell: Callable[[int], None]) -> np.ndarray:
        """How much the score falls without each of these tokens, which have pieces: (n,)."""
        value, size = self.value(), self._copies.most_copies
        found = np.zeros(len(tokens))
        for start in range(0, len(tokens), size):
            chosen = tokens[start : start + size]
            ranges = np.stack([self._copies.pieces.start[chosen], self._copies.pieces.end[chosen]], axis=1)
            found[start : start + size] = value - self._scores(ranges)
            tell(len(chosen))
        return found

    def _scores(self, ranges: Ints1d) -> np.ndarray:
        """Of copies in each of which a range of pieces is taken away, from its first to the one after its last:
        ranges (n_copies, 2).
        """
        windows = self._copies.windows
        has_some = np.zeros((len(ranges), len(windows)), np.bool_)
        for starts, ends in self._copies.batches.segments(windows):
            has_some |= (starts < ranges[:, 1:]) & (ends > ranges[:, :1])
        copies, seen = np.nonzero(has_some)
        packed = self._copies.packed(copies, windows[seen], self._max_batch_pieces)
        parts: Sequence[tuple[Rows, Tensor]] = [(rows, self._hidden(rows, ranges)) for rows in packed]
        return self._copies.scores(parts, len(ranges)).cpu().double().numpy()

    def _hidden(self, rows: Rows, ranges: Ints1d) -> Tensor:
        slots = self._copies.slots(rows.batch)
        of_slots = ranges[rows.copies[slots.rows]]
        is_away = (slots.pieces >= of_slots[:, 0]) & (slots.pieces < of_slots[:, 1])
        ids = rows.batch.ids.copy()
        ids.reshape(-1)[slots.places[is_away]] = self._piece
        batch = rows.batch._replace(ids=ids)
        return self._predictor(inputs_of(batch, self._copies.device)).last_hidden_state
