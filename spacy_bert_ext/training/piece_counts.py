"""How many pieces a checkpoint's tokenizer makes: readers and batchers count before there is an encoder."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from spacy.tokens import Doc

from ..pieces.tokenizers import Tokenize
from ..types import Ints1d


class PieceCounter(NamedTuple):
    """tokenize: None if each token counts as a piece. n_special: Special pieces around a text."""

    tokenize: Tokenize | None
    n_special: int

    def per_doc(self, docs: Sequence[Doc]) -> Ints1d:
        """Without special pieces: (n_docs,)."""
        if self.tokenize is None:
            return np.array([len(doc) for doc in docs], dtype=np.int64)
        return self.tokenize(docs).per_doc

    def per_token(self, docs: Sequence[Doc]) -> Ints1d:
        """Of all Docs, one after the other: (n_tokens,)."""
        if self.tokenize is None:
            return np.ones(sum(map(len, docs)), dtype=np.int64)
        return self.tokenize(docs).per_token


@lru_cache(maxsize=4)
def piece_counter(name: str, revision: str | None = None, pieces_from: str = "tokens") -> PieceCounter:
    """RAISES (ValueError): There is no checkpoint of that name, or it has no fast tokenizer."""
    # Imported and loaded here, since a config can be resolved and checked before its checkpoint is there.
    from ..huggingface.loading import load_tokenizer
    from ..pieces.tokenizers import tokenizer_for

    tokenizer = load_tokenizer(name, revision=revision, pieces_from=pieces_from)
    tokenize = tokenizer_for(pieces_from, tokenizer.backend_tokenizer, special=tokenizer.all_special_tokens)
    return PieceCounter(tokenize, tokenizer.num_special_tokens_to_add())
