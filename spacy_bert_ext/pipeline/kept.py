"""Vectors that stay with a Doc (`keep = "tokens"`): `doc._.bert`, `.vector` and `.similarity()` of Doc, Span and Token.

They are bound by spaCy's user hooks, which are not part of `doc.to_bytes()`, and so never travel between processes.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from spacy.tokens import Doc, Span, Token
from torch import Tensor

from ..encoder.output import Encoded
from ..errors import Errors
from ..ragged import rows_of
from ..types import Ints1d

HOOK = "bert"


@dataclass(frozen=True)
class KeptVectors:
    """A Doc's vectors as NumPy arrays in fp32. Names that transformers has mean what they mean there.

    last_hidden_state: Of each piece, special pieces left out: (n_pieces, width).
    piece_vectors: Mean of the encoder's `layers`, by default the same as `last_hidden_state`: (n_pieces, width).
    pieces_per_token: How many pieces each token is made of: (n_tokens,).
    token_vectors: Mean of each token's piece vectors, zeros for a token without pieces: (n_tokens, width).
    doc_vector: Mean of the same layers over all pieces, special ones included, as sentence-transformers' "mean" pooling
        has it; over several windows their mean, weighted by the pieces that each owns. Zeros without pieces: (width,).
    window_vectors: What stands for each window, see `window_pooling`; by default that of [CLS]: (n_windows, width).
    pooler_output: What the checkpoint's pooler makes of each window: (n_windows, width). None without a pooler.
    """

    last_hidden_state: np.ndarray
    piece_vectors: np.ndarray
    pieces_per_token: np.ndarray
    token_vectors: np.ndarray
    doc_vector: np.ndarray
    window_vectors: np.ndarray
    pooler_output: np.ndarray | None

    def of_doc(self, doc: Doc) -> np.ndarray:
        self._check(doc)
        return self.doc_vector

    def of_span(self, span: Span) -> np.ndarray:
        """Mean over the pieces of the span's tokens."""
        self._check(span.doc)
        weights = self.pieces_per_token[span.start : span.end, None]
        return (self.token_vectors[span.start : span.end] * weights).sum(0) / max(int(weights.sum()), 1)

    def of_token(self, token: Token) -> np.ndarray:
        self._check(token.doc)
        return self.token_vectors[token.i]

    def _check(self, doc: Doc) -> None:
        # spaCy hands hooks on to `span.as_doc()`, and leaves them when tokens are merged or split.
        if len(doc) != len(self.pieces_per_token):
            raise ValueError(Errors.B035.format(found=len(doc), tokens=len(self.pieces_per_token)))


def keep_vectors(docs: Sequence[Doc], encoded: Encoded) -> None:
    """Bind vectors to the Docs. They were encoded with `kept_layers`."""
    for doc, kept in zip(docs, _of_each(encoded)):
        doc.user_hooks[HOOK] = kept
        for hooks, vector in (
            (doc.user_hooks, kept.of_doc),
            (doc.user_span_hooks, kept.of_span),
            (doc.user_token_hooks, kept.of_token),
        ):
            hooks.update(vector=vector, has_vector=has_vector, vector_norm=vector_norm, similarity=similarity)


def _of_each(encoded: Encoded) -> Iterator[KeptVectors]:
    """The vectors of each Doc, copied from the device for all Docs at once."""
    parts = list(encoded.parts())
    states = [part.kept for part in parts]
    windows_per_doc = sum(part.windows_per_doc for part in parts)
    yield from map(
        _of_one,
        _split([part.piece_vectors for part in parts], encoded.pieces.per_doc),
        _split([state.layer_means for state in states], encoded.pieces.per_doc),
        _split([state.window_means for state in states], windows_per_doc),
        _split([part.window_vectors for part in parts], windows_per_doc),
        _split([state.pooler_output for state in states], windows_per_doc),
        np.split(encoded.pieces.per_token, np.cumsum(encoded.pieces.tokens_per_doc)[:-1]),
        np.split(np.concatenate([part.pieces_per_window for part in parts]), np.cumsum(windows_per_doc)[:-1]),
    )


def _split(parts: Sequence[Tensor | None], per_doc: Ints1d) -> Iterable[np.ndarray | None]:
    """The rows of each Doc as an array of its own, so that no Doc holds those of others."""
    if parts[0] is None:
        return [None] * len(per_doc)
    rows = torch.cat(parts).float().cpu().numpy()
    return (of_doc.copy() for of_doc in np.split(rows, np.cumsum(per_doc)[:-1]))


def _of_one(
    last_hidden_state: np.ndarray,
    layer_means: np.ndarray | None,
    window_means: np.ndarray,
    window_vectors: np.ndarray,
    pooler_output: np.ndarray | None,
    pieces_per_token: Ints1d,
    pieces_per_window: Ints1d,
) -> KeptVectors:
    piece_vectors = last_hidden_state if layer_means is None else layer_means
    token_vectors = np.zeros((len(pieces_per_token), piece_vectors.shape[1]), dtype=np.float32)
    np.add.at(token_vectors, rows_of(pieces_per_token), piece_vectors)
    token_vectors /= np.maximum(pieces_per_token, 1)[:, None]
    weights = (pieces_per_window / max(pieces_per_window.sum(), 1)).astype(np.float32)
    doc_vector = weights @ window_means
    return KeptVectors(
        last_hidden_state, piece_vectors, pieces_per_token, token_vectors, doc_vector, window_vectors, pooler_output
    )


def kept_vectors(doc: Doc) -> KeptVectors | None:
    """What `doc._.bert` gives: None unless the encoder has `keep = "tokens"`."""
    return doc.user_hooks.get(HOOK)


def has_vector(obj: Doc | Span | Token) -> bool:
    return bool(obj.vector.any())


def vector_norm(obj: Doc | Span | Token) -> float:
    return float(np.linalg.norm(obj.vector))


def similarity(obj: Doc | Span | Token, other: Doc | Span | Token) -> float:
    """Cosine of the two vectors, 0 if either is zero."""
    norms = vector_norm(obj) * float(np.linalg.norm(other.vector))
    return float(np.dot(obj.vector, other.vector)) / norms if norms else 0.0
