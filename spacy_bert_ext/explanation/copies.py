"""Copies of a Doc, of which some windows were encoded with other pieces, and the score of each copy."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..arrays.pooling import pool_window
from ..arrays.transfer import to_device
from ..encoder.output import EncodedDocs, owned_vectors
from ..encoder.plan import most_pieces, pack_to_predict
from ..encoder.readings import Texts, repeated
from ..heads.model import Head
from ..heads.module import HeadModule
from ..pieces.batches import Batch, Batches, Slots
from ..pieces.pieces import Pieces
from ..types import Ints1d
from .doc_pieces import DocPieces
from .explained import Explained

# Of the vectors of copies that are scored at once.
MAX_BYTES = 2**26


class Rows(NamedTuple):
    """Windows that are encoded together, each for one copy: (k,) copies; the windows are the batch's."""

    batch: Batch
    copies: Ints1d


@dataclass(frozen=True)
class Copies:
    """What is read of a Doc, its windows and vectors, and the head that scores them.

    texts: The Doc, or the reading that the head makes of it.
    pieces: Of the Doc's tokens.
    encoded: The text's own vectors, in fp32.
    windows: Those on which the score depends.
    module: The head's, which takes no gradients.
    """

    texts: Texts
    batches: Batches
    encoded: EncodedDocs
    pieces: DocPieces
    head: Head[Any, Any]
    module: HeadModule
    explained: Explained
    windows: Ints1d
    window_pooling: str

    @property
    def device(self) -> torch.device:
        return self.encoded.device

    @property
    def most_copies(self) -> int:
        """How many are scored at once."""
        n_vectors = len(self.encoded.piece_vectors) + len(self.encoded.window_vectors)
        return max(1, MAX_BYTES // (4 * self.encoded.width * n_vectors))

    def packed(self, copies: Ints1d, windows: Ints1d, max_batch_pieces: int) -> Iterator[Rows]:
        """Batches of windows (n,), each of the copy of its number (n,)."""
        most = most_pieces(self.device.type, max_batch_pieces)
        for chosen in pack_to_predict(self.batches.lengths[windows], most, self.device.type):
            yield Rows(self.batches.make(windows[chosen]), copies[chosen])

    def slots(self, batch: Batch) -> Slots:
        """Where the batch has pieces of the Doc."""
        found = self.batches.slots(batch)
        is_own = self.pieces.is_own[found.pieces]
        return Slots(*(array[is_own] for array in found))

    def scores(self, parts: Sequence[tuple[Rows, Tensor]], n_copies: int) -> Tensor:
        """Scores of copies whose windows have these hidden states, and otherwise the text's own: (n_copies,).

        parts: Batches, and their hidden states: (k, padded length, width).
        """
        own = self.encoded
        pieces, windows = own.piece_vectors.repeat(n_copies, 1), own.window_vectors.repeat(n_copies, 1)
        for (batch, copies), hidden in parts:
            owned = copies[batch.sources // batch.ids.shape[1]]
            targets = to_device(batch.targets + owned * len(own.piece_vectors), self.device)
            places = to_device(batch.windows + copies * len(own.window_vectors), self.device)
            sources, mask = to_device(batch.sources, self.device), to_device(batch.own, self.device)
            pieces.index_copy_(0, targets, owned_vectors(hidden, sources).float())
            windows.index_copy_(0, places, pool_window(hidden, mask, self.window_pooling).float())
        encoded = EncodedDocs(
            pieces,
            windows,
            pieces=Pieces(*(np.concatenate([array] * n_copies) for array in own.pieces)),
            windows_per_doc=np.repeat(own.windows_per_doc, n_copies),
            pieces_per_window=np.tile(own.pieces_per_window, n_copies),
        )
        texts = repeated(self.texts, n_copies)
        return self.explained.score(self.head.scores(self.module, texts, encoded, is_train=False))
