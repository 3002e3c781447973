"""Piece vectors → token vectors, and piece vectors → document vectors."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor

from ..arrays.ragged import rows_of, starts_of
from ..arrays.transfer import to_device
from ..encoder.output import Encoded, EncodedDocs
from ..errors import Errors

TOKEN_POOLINGS = ("first", "mean", "max")
DOC_POOLINGS = ("cls", "mean", "max", "attention", "pooler")

Pooler: TypeAlias = Callable[[Tensor], Tensor]


def check_pooling(found: str, allowed: tuple[str, ...], setting: str = "pooling") -> None:
    if found not in allowed:
        raise ValueError(Errors.B010.format(found=found, setting=setting, allowed=", ".join(allowed)))


def pool_tokens(encoded: EncodedDocs, pooling: str) -> Tensor:
    """Vectors of the taggable tokens, in fp32: (n_taggable, width).

    pooling (str): "first", "mean" or "max" of the token's pieces.
    """
    pieces = encoded.pieces
    per_token = pieces.per_token[pieces.taggable]
    starts = starts_of(pieces.per_token)[pieces.taggable]
    if pooling == "first":
        return encoded.piece_vectors.index_select(0, _index(starts, encoded)).float()
    # Pieces of tokens that are not taggable are left out.
    of_taggable = np.repeat(pieces.taggable, pieces.per_token)
    vectors = encoded.piece_vectors.index_select(0, _index(np.flatnonzero(of_taggable), encoded)).float()
    return _reduce(vectors, per_token, pooling, encoded)


def pool_every_token(encoded: EncodedDocs, pooling: str) -> Tensor:
    """Vectors of all tokens, in fp32, zeros for those without pieces: (n_tokens, width).

    pooling (str): As in `pool_tokens`.
    """
    per_token = encoded.pieces.per_token
    if pooling != "first":
        return _reduce(encoded.piece_vectors.float(), per_token, pooling, encoded)
    with_pieces = np.flatnonzero(per_token)
    vectors = encoded.piece_vectors.index_select(0, _index(starts_of(per_token)[with_pieces], encoded)).float()
    zeros = vectors.new_zeros((len(per_token), encoded.width))
    return zeros.index_copy(0, _index(with_pieces, encoded), vectors)


def pool_long_doc(
    encoded: Encoded, pooling: str, attention: Tensor | None = None, pooler: Pooler | None = None
) -> Tensor:
    """`pool_docs` for a Doc whose vectors come in parts: (1, width)."""
    vectors, weights = [], []
    for part in encoded.parts():
        vectors.append(pool_docs(part, pooling, attention, pooler))
        if pooling == "attention":
            weights.append(_attention_scores(part.piece_vectors.float(), attention, part).logsumexp(0))
        else:
            weights.append(vectors[-1].new_tensor(float(part.pieces.per_doc[0])).log())
    if pooling == "max":
        return torch.cat(vectors).amax(dim=0, keepdim=True)
    return torch.stack(weights).softmax(0)[None] @ torch.cat(vectors)


def pool_docs(
    encoded: EncodedDocs, pooling: str, attention: Tensor | None = None, pooler: Pooler | None = None
) -> Tensor:
    """One vector per Doc over all of its windows, in fp32: (n_docs, width).

    "cls" weights each window's first vector by the pieces that the window owns, "pooler" what is made of that vector.
    The others see every piece once; a Doc without pieces gives zeros.

    pooling (str): "cls", "mean", "max", "attention" or "pooler".
    attention (Tensor): For "attention", the learned query: (width,).
    pooler (Callable): For "pooler", what maps vectors of windows (n_windows, width) to such.
    """
    per_doc = encoded.pieces.per_doc
    if pooling == "cls":
        return pool_windows(encoded.window_vectors.float(), encoded)
    if pooling == "pooler":
        if pooler is None:
            raise ValueError(Errors.B331.format(pooling=pooling))
        return pool_windows(pooler(encoded.window_vectors.float()), encoded)
    vectors, rows = encoded.piece_vectors.float(), rows_of(per_doc)
    if pooling == "attention":
        shares = _softmax_of_rows(_attention_scores(vectors, attention, encoded), rows, encoded)
        return _sum_rows(vectors * shares[:, None], rows, encoded)
    return _reduce(vectors, per_doc, pooling, encoded)


def pool_windows(values: Tensor, encoded: EncodedDocs) -> Tensor:
    """Means over the windows of each Doc, weighted by the pieces that the windows own: (n_docs, n).

    values (Tensor): (n_windows, n).
    """
    rows = rows_of(encoded.windows_per_doc)
    # The one window of a Doc without pieces counts fully.
    weights = np.maximum(encoded.pieces_per_window, encoded.windows_per_doc[rows] == 1).astype(np.float32)
    shares = weights / np.bincount(rows, weights, minlength=encoded.n_docs)[rows]
    return _sum_rows(values * to_device(shares.astype(np.float32), encoded.device)[:, None], rows, encoded)


def _attention_scores(vectors: Tensor, attention: Tensor | None, encoded: EncodedDocs) -> Tensor:
    if attention is None:
        raise ValueError(Errors.B331.format(pooling="attention"))
    scores: Tensor = vectors @ attention / encoded.width**0.5
    return scores


def _reduce(vectors: Tensor, lengths: np.ndarray, pooling: str, encoded: EncodedDocs) -> Tensor:
    """One vector for each run of rows: (n_runs, width)."""
    rows = rows_of(lengths)
    if pooling == "mean":
        counts = to_device(np.maximum(lengths, 1), vectors.device)
        return _sum_rows(vectors, rows, encoded, n_rows=len(lengths)) / counts[:, None]
    targets = _index(rows, encoded)[:, None].expand(-1, encoded.width)
    zeros = vectors.new_zeros((len(lengths), encoded.width))
    return zeros.scatter_reduce(0, targets, vectors, "amax", include_self=False)


def _softmax_of_rows(scores: Tensor, rows: np.ndarray, encoded: EncodedDocs) -> Tensor:
    """Softmax over the pieces of each Doc: (n_pieces,)."""
    index = _index(rows, encoded)
    highest = scores.new_zeros(encoded.n_docs).scatter_reduce(0, index, scores.detach(), "amax", include_self=False)
    exponentials = (scores - highest[index]).exp()
    sums = scores.new_zeros(encoded.n_docs).index_add(0, index, exponentials)
    return exponentials / sums[index]


def _sum_rows(vectors: Tensor, rows: np.ndarray, encoded: EncodedDocs, n_rows: int | None = None) -> Tensor:
    n_rows = encoded.n_docs if n_rows is None else n_rows
    return vectors.new_zeros((n_rows, vectors.shape[1])).index_add(0, _index(rows, encoded), vectors)


def _index(array: np.ndarray, encoded: EncodedDocs) -> Tensor:
    return to_device(array, encoded.device)
