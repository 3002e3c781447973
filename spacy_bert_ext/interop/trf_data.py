"""`doc._.trf_data`, which spacy-transformers sets and reads, and of which tokens it is.

What it holds tells the number of its tokens only. Here it also remembers the tokens that the Doc had when it was set.
"""

from typing import Any, TypeAlias

import numpy as np
from spacy.tokens import Doc

from ..pieces.tokens import tokens_of

# Of spacy-transformers, which may be absent.
TransformerData: TypeAlias = Any
TransformerListener: TypeAlias = Any

NAME = "trf_data"
_KEY = ("._.", NAME, None, None)  # where spaCy keeps the value of an extension


def set_extension() -> None:
    """In the place of spacy-transformers' own extension, which keeps the same value in the same place."""
    if not Doc.has_extension(NAME) or Doc.get_extension(NAME)[2] is not get_data:
        Doc.set_extension(NAME, getter=get_data, setter=set_data, force=True)


def get_data(doc: Doc) -> TransformerData | None:
    stored: dict[Any, Any] = doc.user_data
    return stored.get(_KEY)


def set_data(doc: Doc, data: TransformerData | None) -> None:
    stored: dict[Any, Any] = doc.user_data
    stored[_KEY] = data
    if data is not None:
        data.doc_tokens = tokens_of(doc)


def is_of(data: TransformerData, doc: Doc) -> bool:
    """Whether the Doc still has the tokens that it had when it was given this. Of what came in bytes, their number."""
    tokens = getattr(data, "doc_tokens", None)
    if tokens is None:
        return len(data.align.lengths) in (0, len(doc))
    return np.array_equal(tokens, tokens_of(doc))
