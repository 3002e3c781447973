"""Vectors that stay with a Doc (`keep = "tokens"`): `doc._.bert`, `.vector` and `.similarity()` of Doc, Span and Token.

They are bound by spaCy's user hooks, which are not part of `doc.to_bytes()`, and so never travel between processes of
`nlp.pipe(n_process=...)`.

They belong to the tokens that were encoded. Where some of these are merged later, the vectors follow. A Doc with any
other tokens, such as `span.as_doc()`, behaves as spaCy has it without them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from spacy.attrs import IDX
from spacy.tokens import Doc, Span, Token
from torch import Tensor

from ..arrays.ragged import rows_of
from ..encoder.output import Encoded
from ..pieces.tokens import tokens_of
from ..types import Ints1d, Tokens2d

HOOK = "bert"


@dataclass(frozen=True)
class DocVectors:
    """A Doc's vectors as NumPy arrays in fp32. Names that transformers has mean what they mean there.

    last_hidden_state: Of each piece, special pieces left out: (n_pieces, width).
    piece_vectors: Mean of the encoder's `layers`, by default the same as `last_hidden_state`: (n_pieces, width).
    pieces_per_token: How many pieces each token is made of: (n_tokens,).
    token_vectors: Mean of each token's piece vectors, zeros for a token without pieces: (n_tokens, width).
    doc_vector: Mean of the same layers over all pieces, special ones included, as sentence-transformers' "mean" pooling
        has it; over several windows their mean, weighted by the pieces that each owns. Zeros without pieces: (width,).
    window_vectors: What stands for each window, see `window_pooling`; by default that of [CLS]: (n_windows, width).
    pooler_output: What the checkpoint's pooler makes of each window: (n_windows, width). None without a pooler.
    tokens: What the tokens are, see `tokens_of`: (n_tokens, 2).
    token_starts: Characters at which they begin: (n_tokens,).
    """

    last_hidden_state: np.ndarray
    piece_vectors: np.ndarray
    pieces_per_token: np.ndarray
    token_vectors: np.ndarray
    doc_vector: np.ndarray
    window_vectors: np.ndarray
    pooler_output: np.ndarray | None
    tokens: Tokens2d
    token_starts: Ints1d

    def fit(self, text: Doc | Span | Token) -> bool:
        """Whether they are vectors of these tokens. Of a Token or Span only its own matter, and where they stand."""
        if isinstance(text, Doc):
            return np.array_equal(tokens_of(text), self.tokens)
        if len(text.doc) != len(self.tokens):
            return False
        if isinstance(text, Token):
            return bool(text.orth == self.tokens[text.i, 0] and text.idx == self.token_starts[text.i])
        here = slice(text.start, text.end)
        is_here = text.start == text.end or bool(text.start_char == self.token_starts[text.start])
        return is_here and np.array_equal(tokens_of(text), self.tokens[here])

    def vector_of(self, text: Doc | Span | Token) -> np.ndarray:
        """Of a Span the mean over the pieces of its tokens."""
        if isinstance(text, Doc):
            return self.doc_vector
        if isinstance(text, Token):
            of_token: np.ndarray = self.token_vectors[text.i]
            return of_token
        weights = self.pieces_per_token[text.start : text.end, None]
        mean: np.ndarray = (self.token_vectors[text.start : text.end] * weights).sum(0) / max(int(weights.sum()), 1)
        return mean

    def merged(self, doc: Doc) -> "DocVectors | None":
        """The vectors of the same text after some of its tokens were merged; None if this is anything else."""
        strings = doc.vocab.strings
        text = "".join(strings[orth] + " " * space for orth, space in self.tokens.tolist())
        starts = _token_starts(doc)
        first = np.searchsorted(self.token_starts, starts)
        if doc.text_with_ws != text or not np.isin(starts, self.token_starts).all() or (np.diff(first) <= 0).any():
            return None
        pieces_per_token = np.add.reduceat(self.pieces_per_token, first)
        return replace(
            self,
            pieces_per_token=pieces_per_token,
            token_vectors=_means(self.piece_vectors, pieces_per_token),
            tokens=tokens_of(doc),
            token_starts=starts,
        )


def define_doc_vectors() -> None:
    """Define `doc._.bert`."""
    if not Doc.has_extension(HOOK):
        Doc.set_extension(HOOK, getter=doc_vectors)


def set_doc_vectors(docs: Sequence[Doc], encoded: Encoded) -> None:
    """Bind vectors to the Docs. They were encoded with `mean_layers`."""
    for doc, vectors in zip(docs, _of_each(docs, encoded)):
        _bind(doc, vectors)


def doc_vectors(doc: Doc) -> DocVectors | None:
    """What `doc._.bert` gives: None unless the encoder has `keep = "tokens"`."""
    vectors = _bound(doc)
    if vectors is not None and not vectors.fit(doc):
        _renew(doc, vectors)
    return _bound(doc)


def _bound(doc: Doc) -> DocVectors | None:
    hooks: dict[str, Any] = doc.user_hooks
    return hooks.get(HOOK)


def _vector(vectors: DocVectors, text: Doc | Span | Token) -> np.ndarray:
    return vectors.vector_of(text)


def _has_vector(vectors: DocVectors, text: Doc | Span | Token) -> bool:
    return bool(vectors.vector_of(text).any())


def _vector_norm(vectors: DocVectors, text: Doc | Span | Token) -> float:
    return float(np.linalg.norm(vectors.vector_of(text)))


def _similarity(vectors: DocVectors, text: Doc | Span | Token, other: Doc | Span | Token) -> float:
    """Cosine of the two vectors, 0 if either is zero."""
    vector = vectors.vector_of(text)
    other_vector: Any = other.vector
    norms = float(np.linalg.norm(vector)) * float(np.linalg.norm(other_vector))
    return float(np.dot(vector, other_vector)) / norms if norms else 0.0


ANSWERS: dict[str, Callable[..., Any]] = {
    "vector": _vector,
    "has_vector": _has_vector,
    "vector_norm": _vector_norm,
    "similarity": _similarity,
}


def _answer(vectors: DocVectors, name: str, text: Doc | Span | Token, *others: Any) -> Any:
    """What a hook of spaCy's gives: if the tokens are others now, what it would be without these vectors."""
    if vectors.fit(text):
        return ANSWERS[name](vectors, text, *others)
    _renew(text if isinstance(text, Doc) else text.doc, vectors)
    attribute = getattr(text, name)
    return attribute(*others) if others else attribute


def _bind(doc: Doc, vectors: DocVectors) -> None:
    # Never in place: `span.as_doc()` shares the dictionaries of the Doc.
    hooks = {name: partial(_answer, vectors, name) for name in ANSWERS}
    of_doc: dict[str, Any] = {**doc.user_hooks, **hooks, HOOK: vectors}
    doc.user_hooks = of_doc
    doc.user_span_hooks = {**doc.user_span_hooks, **hooks}
    doc.user_token_hooks = {**doc.user_token_hooks, **hooks}


def _renew(doc: Doc, vectors: DocVectors) -> None:
    """Give a Doc whose tokens are others than before the vectors of these, or none."""
    merged = vectors.merged(doc)
    if merged is not None:
        _bind(doc, merged)
        return
    doc.user_hooks = _without_ours(doc.user_hooks)
    doc.user_span_hooks = _without_ours(doc.user_span_hooks)
    doc.user_token_hooks = _without_ours(doc.user_token_hooks)
    of_doc: Any = doc
    of_doc.vector_norm = None  # `span.as_doc()` leaves there what the span's hook gave, which is a vector


def _without_ours(hooks: dict[str, Any]) -> dict[str, Any]:
    return {name: hook for name, hook in hooks.items() if name != HOOK and getattr(hook, "func", None) is not _answer}


def _of_each(docs: Sequence[Doc], encoded: Encoded) -> Iterator[DocVectors]:
    """The vectors of each Doc, copied from the device for all Docs at once."""
    parts = list(encoded.parts())
    means = [part.for_docs for part in parts if part.for_docs is not None]
    windows_per_doc = np.sum([part.windows_per_doc for part in parts], axis=0)
    pieces = encoded.pieces
    last_hidden_state = _split([part.piece_vectors for part in parts], pieces.per_doc)
    layer_means = _split_if_any([of_part.layer_means for of_part in means], pieces.per_doc)
    window_means = _split([of_part.window_means for of_part in means], windows_per_doc)
    window_vectors = _split([part.window_vectors for part in parts], windows_per_doc)
    pooler_output = _split_if_any([of_part.pooler_output for of_part in means], windows_per_doc)
    pieces_per_token = _copies(pieces.per_token, pieces.tokens_per_doc)
    pieces_per_window = _copies(np.concatenate([part.pieces_per_window for part in parts]), windows_per_doc)
    tokens = _copies(pieces.tokens, pieces.tokens_per_doc)
    for doc, last, mean, of_windows in zip(docs, last_hidden_state, layer_means, pieces_per_window):
        piece_vectors, per_token = last if mean is None else mean, next(pieces_per_token)
        weights = (of_windows / max(of_windows.sum(), 1)).astype(np.float32)
        yield DocVectors(
            last_hidden_state=last,
            piece_vectors=piece_vectors,
            pieces_per_token=per_token,
            token_vectors=_means(piece_vectors, per_token),
            doc_vector=weights @ next(window_means),
            window_vectors=next(window_vectors),
            pooler_output=next(pooler_output),
            tokens=next(tokens),
            token_starts=_token_starts(doc),
        )


def _split_if_any(parts: Sequence[Tensor | None], per_doc: Ints1d) -> Iterator[np.ndarray | None]:
    """None for each Doc if there are none."""
    tensors = [part for part in parts if part is not None]
    return _split(tensors, per_doc) if tensors else iter([None] * len(per_doc))


def _split(parts: Sequence[Tensor], per_doc: Ints1d) -> Iterator[np.ndarray]:
    return _copies(torch.cat(list(parts)).float().cpu().numpy(), per_doc)


def _copies(rows: np.ndarray, per_doc: Ints1d) -> Iterator[np.ndarray]:
    """The rows of each Doc as an array of its own, so that no Doc holds those of others."""
    return (of_doc.copy() for of_doc in np.split(rows, np.cumsum(per_doc)[:-1]))


def _means(piece_vectors: np.ndarray, pieces_per_token: Ints1d) -> np.ndarray:
    """Of the pieces of each token: (n_tokens, width)."""
    means = np.zeros((len(pieces_per_token), piece_vectors.shape[1]), dtype=np.float32)
    np.add.at(means, rows_of(pieces_per_token), piece_vectors)
    means /= np.maximum(pieces_per_token, 1)[:, None]
    return means


def _token_starts(doc: Doc) -> Ints1d:
    return doc.to_array(IDX).astype(np.int64)
