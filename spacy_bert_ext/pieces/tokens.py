"""Which tokens a Doc has: what was made of it belongs to them, and components in between may merge or split them."""

from collections.abc import Sequence

import numpy as np
from spacy.attrs import ORTH, SPACY
from spacy.tokens import Doc, Span

from ..types import Tokens2d

ATTRIBUTES = [ORTH, SPACY]


def tokens_of(text: Doc | Span) -> Tokens2d:
    """Text, and whether a space follows, of each token: (n_tokens, 2)."""
    return text.to_array(ATTRIBUTES)


def tokens_of_all(docs: Sequence[Doc]) -> Tokens2d:
    """The tokens of all Docs, one after the other: (n_tokens, 2)."""
    return np.concatenate([np.zeros((0, len(ATTRIBUTES)), np.uint64), *(tokens_of(doc) for doc in docs)])
