"""Vectors that stay with a Doc (`keep = "tokens"`): `doc._.bert`, `.vector` and `.similarity()` of Doc, Span and Token.

They are bound by spaCy's user hooks, which are not part of `doc.to_bytes()`, and so never travel between processes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from spacy.tokens import Doc, Span, Token

from ..encoder.output import Encoded
from ..errors import Errors
from ..ragged import rows_of

HOOK = "bert"


@dataclass(frozen=True)
class KeptVectors:
    """A Doc's vectors as NumPy arrays in fp32.

    piece_vectors: (n_pieces, width).
    pieces_per_token: How many pieces each token is made of: (n_tokens,).
    token_vectors: Mean of each token's pieces, zeros for a token without pieces: (n_tokens, width).
    doc_vector: Mean of all pieces: (width,).
    """

    piece_vectors: np.ndarray
    pieces_per_token: np.ndarray
    token_vectors: np.ndarray
    doc_vector: np.ndarray

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
    """Bind vectors to the Docs."""
    for i, doc in enumerate(docs):
        of_doc = encoded.select(i, i + 1)
        pieces = torch.cat([part.piece_vectors for part in of_doc.parts()]).float().cpu().numpy()
        per_token = of_doc.pieces.per_token
        sums = np.zeros((len(doc), of_doc.width), dtype=np.float32)
        np.add.at(sums, rows_of(per_token), pieces)
        mean = pieces.mean(0) if len(pieces) else np.zeros(of_doc.width, dtype=np.float32)
        kept = KeptVectors(pieces, per_token, sums / np.maximum(per_token, 1)[:, None], mean)
        doc.user_hooks[HOOK] = kept
        for hooks, vector in (
            (doc.user_hooks, kept.of_doc),
            (doc.user_span_hooks, kept.of_span),
            (doc.user_token_hooks, kept.of_token),
        ):
            hooks.update(vector=vector, has_vector=has_vector, vector_norm=vector_norm, similarity=similarity)


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
