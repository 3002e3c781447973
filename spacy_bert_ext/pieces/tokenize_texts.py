"""Doc → piece ids, of its whole text at once: what the checkpoint's tokenizer makes of the raw text."""

from collections.abc import Sequence

import numpy as np
from spacy.attrs import IDX, IS_SPACE, LENGTH
from spacy.tokens import Doc
from tokenizers import Tokenizer

from ..types import Ints1d
from .tokenize import Pieces, unlimited_copy
from .tokens import tokens_of_all


class TextTokenizer:
    """Texts to pieces with a checkpoint's own fast tokenizer; where spaCy's tokens begin and end has no part in it.

    A piece belongs to the token in which it begins, a space counting to the token after it. A token in which no piece
    begins ("not", where "cannot" is one piece) has none.

    tokenizer (Tokenizer): The backend of a transformers fast tokenizer. It is copied; truncation and padding are off.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._tokenizer = unlimited_copy(tokenizer)

    def __call__(self, docs: Sequence[Doc]) -> Pieces:
        """Piece ids equal to those of the fast tokenizer for `doc.text`."""
        none = np.zeros(0, np.int64)
        ids, per_token, blank = [none], [none], [none.astype(np.bool_)]
        for doc in docs:
            # One by one: encoding many at once starts threads, which the forks of `nlp.pipe(n_process=...)` lack.
            encoding = self._tokenizer.encode(doc.text if len(doc) else "", add_special_tokens=False)
            ids.append(np.array(encoding.ids, dtype=np.int64))
            per_token.append(_pieces_per_token(doc, encoding.offsets) if len(doc) else none)
            blank.append(doc.to_array(IS_SPACE).astype(np.bool_) if len(doc) else blank[0])
        per_token_flat = np.concatenate(per_token)
        per_doc, tokens_per_doc = (
            np.array([len(array) for array in arrays[1:]], dtype=np.int64) for arrays in (ids, per_token)
        )
        readable = (per_token_flat > 0) & ~np.concatenate(blank)
        return Pieces(np.concatenate(ids), per_token_flat, per_doc, tokens_per_doc, readable, tokens_of_all(docs))


def _pieces_per_token(doc: Doc, offsets: Sequence[tuple[int, int]]) -> Ints1d:
    """How many pieces begin in each token: (n_tokens,).

    offsets: Characters at which pieces start and end.
    """
    starts = np.array([start for start, _ in offsets], dtype=np.int64)
    positions = doc.to_array([IDX, LENGTH]).astype(np.int64)
    tokens = np.searchsorted(positions.sum(axis=1), starts, side="right")
    # What normalization has moved about stays in the order of the pieces.
    tokens = np.maximum.accumulate(np.minimum(tokens, len(doc) - 1))
    return np.bincount(tokens, minlength=len(doc)).astype(np.int64)
