"""What the encoder hands to its heads."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor

from ..pieces.batches import Batches
from ..pieces.pieces import Pieces
from ..types import Ints1d


@dataclass(frozen=True)
class LayerMeans:
    """What stays on Docs besides what heads read (`keep = "tokens"`), on the encoder's device.

    layer_means: Piece vectors averaged over the chosen layers, special pieces left out: (n_pieces, width). None if only
        the last layer was chosen, whose vectors heads read, too.
    window_means: The same layers averaged over all pieces of each window, special pieces included: (n_windows, width).
    pooler_output: What the checkpoint's pooler makes of each window: (n_windows, width). None without a pooler.
    """

    layer_means: Tensor | None
    window_means: Tensor
    pooler_output: Tensor | None


@dataclass(frozen=True)
class EncodedDocs:
    """Vectors of some Docs, on the encoder's device.

    While training, both tensors are leaves: a head leaves its gradients in `.grad`.

    piece_vectors: One vector per piece, special pieces left out: (n_pieces, width).
    window_vectors: What stands for each window, see `window_pooling` of the encoder: (n_windows, width).
    pieces: Which pieces belong to which token and Doc.
    windows_per_doc: At least 1; 0 for the first of two texts, which stands in the windows of the second: (n_docs,).
    pieces_per_window: How many pieces take their vector from the window: (n_windows,).
    for_docs: What stays on the Docs, if that was asked for. Heads don't need it: `select` and `concatenate` drop it.
    """

    piece_vectors: Tensor
    window_vectors: Tensor
    pieces: Pieces
    windows_per_doc: Ints1d
    pieces_per_window: Ints1d
    for_docs: LayerMeans | None = None

    @property
    def n_docs(self) -> int:
        return len(self.windows_per_doc)

    @property
    def device(self) -> torch.device:
        return self.piece_vectors.device

    @property
    def width(self) -> int:
        return self.piece_vectors.shape[1]

    @property
    def takes_gradients(self) -> bool:
        return self.piece_vectors.requires_grad

    @property
    def has_gradients(self) -> bool:
        """Whether a head has left any."""
        return any(leaf.grad is not None for leaf in (self.piece_vectors, self.window_vectors))

    def leaves(self) -> "EncodedDocs":
        """The same vectors with gradients of their own."""
        return replace(
            self,
            piece_vectors=self.piece_vectors.detach().requires_grad_(),
            window_vectors=self.window_vectors.detach().requires_grad_(),
        )

    def parts(self) -> Iterator["EncodedDocs"]:
        """The vectors as they are to be used: here all at once."""
        yield self

    def in_pairs(self) -> "EncodedDocs":
        """First and second text of each pair as if they were one Doc. The tensors are the same."""
        per_doc, tokens_per_doc, windows_per_doc = (
            counts.reshape(-1, 2).sum(axis=1)
            for counts in (self.pieces.per_doc, self.pieces.tokens_per_doc, self.windows_per_doc)
        )
        pieces = self.pieces._replace(per_doc=per_doc, tokens_per_doc=tokens_per_doc)
        return replace(self, pieces=pieces, windows_per_doc=windows_per_doc)

    def select(self, start: int, stop: int) -> "EncodedDocs":
        """The Docs from `start` to `stop`; the tensors are views."""
        if (start, stop) == (0, self.n_docs):
            return self
        docs = slice(start, stop)
        pieces = _range_of(self.pieces.per_doc, docs)
        tokens = _range_of(self.pieces.tokens_per_doc, docs)
        windows = _range_of(self.windows_per_doc, docs)
        return EncodedDocs(
            self.piece_vectors[pieces],
            self.window_vectors[windows],
            pieces=Pieces(
                ids=self.pieces.ids[pieces],
                per_token=self.pieces.per_token[tokens],
                per_doc=self.pieces.per_doc[docs],
                tokens_per_doc=self.pieces.tokens_per_doc[docs],
                taggable=self.pieces.taggable[tokens],
                tokens=self.pieces.tokens[tokens],
            ),
            windows_per_doc=self.windows_per_doc[docs],
            pieces_per_window=self.pieces_per_window[windows],
        )


@dataclass(frozen=True)
class EncodedLongDoc:
    """One Doc of so many pieces that their vectors are not held: they are made part by part, anew for each head.

    pieces: Which pieces belong to which token.
    device, width: Of the vectors.
    make_parts: Encodes the Doc's windows, in order. A part is like a Doc of its own; no token lies in two parts.
    """

    pieces: Pieces
    device: torch.device
    width: int
    make_parts: Callable[[], Iterator[EncodedDocs]]

    n_docs = 1
    takes_gradients = False  # made for prediction, or by an encoder that is frozen

    def parts(self) -> Iterator[EncodedDocs]:
        return self.make_parts()

    def select(self, start: int, stop: int) -> "EncodedLongDoc":
        """Itself: there is one Doc."""
        return self


Encoded: TypeAlias = EncodedDocs | EncodedLongDoc


def concatenate(parts: Sequence[EncodedDocs]) -> EncodedDocs:
    """The Docs of all parts, one after the other."""
    if len(parts) == 1:
        return parts[0]
    return EncodedDocs(
        torch.cat([part.piece_vectors for part in parts]),
        torch.cat([part.window_vectors for part in parts]),
        pieces=Pieces(*(np.concatenate(arrays) for arrays in zip(*(part.pieces for part in parts)))),
        windows_per_doc=np.concatenate([part.windows_per_doc for part in parts]),
        pieces_per_window=np.concatenate([part.pieces_per_window for part in parts]),
    )


def encoded_docs(
    batches: Batches, piece_vectors: Tensor, window_vectors: Tensor, layer_means: LayerMeans | None = None
) -> EncodedDocs:
    """The vectors of all windows of some batches."""
    return EncodedDocs(
        piece_vectors,
        window_vectors,
        pieces=batches.pieces,
        windows_per_doc=batches.windows.per_doc,
        pieces_per_window=batches.pieces_per_window,
        for_docs=layer_means,
    )


def owned_vectors(hidden: Tensor, sources: Tensor) -> Tensor:
    """Vectors of the pieces that a batch's windows own: (n_owned, width).

    hidden: Of all its pieces: (k, padded length, width).
    """
    return hidden.flatten(0, 1).index_select(0, sources)


def _range_of(lengths: Ints1d, rows: slice) -> slice:
    start = int(lengths[: rows.start].sum())
    return slice(start, start + int(lengths[rows].sum()))
