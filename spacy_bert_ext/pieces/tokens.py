"""Which tokens a Doc has: what was made of it belongs to them, and components in between may merge or split them."""

from collections.abc import Sequence

import numpy as np
from spacy.attrs import ORTH, SPACY
from spacy.strings import StringStore
from spacy.tokens import Doc, Span

from ..types import Ints1d, Tokens2d

ATTRIBUTES = [ORTH, SPACY]


def tokens_of(text: Doc | Span) -> Tokens2d:
    """Text, and whether a space follows, of each token: (n_tokens, 2)."""
    tokens: Tokens2d = text.to_array(ATTRIBUTES)  # type: ignore[union-attr, assignment]  # spaCy's stubs lack Span's
    return tokens


def tokens_of_all(docs: Sequence[Doc]) -> Tokens2d:
    """The tokens of all Docs, one after the other: (n_tokens, 2)."""
    if len(docs) == 1:  # a request of its own, where each array more takes time
        return tokens_of(docs[0])
    return np.concatenate([np.zeros((0, len(ATTRIBUTES)), np.uint64), *(tokens_of(doc) for doc in docs)])


def have_tokens(docs: Sequence[Doc], tokens_per_doc: Ints1d, tokens: Tokens2d | None) -> bool:
    """Whether these are the tokens of the Docs, one after the other; as many, if they are None.

    tokens_per_doc, tokens: (n_docs,), (n_tokens, 2).
    """
    is_as_many = tokens_per_doc.tolist() == [len(doc) for doc in docs]
    return is_as_many and (tokens is None or np.array_equal(tokens, tokens_of_all(docs)))


def text_of_key(key: int, stores: Sequence[StringStore]) -> str:
    """The text of a token by its hash, which at least one of the stores knows: Docs may come from several
    vocabularies."""
    for store in stores[:-1]:
        if key in store:  # type: ignore[operator]  # spaCy's stubs know strings only
            return store[key]
    return stores[-1][key]
