"""What Docs are made into: the ids of their pieces, and which piece belongs to which token."""

from collections.abc import Sequence
from typing import NamedTuple

from spacy.tokens import Doc

from ..arrays.ragged import expand_ranges, starts_of
from ..types import Bools1d, Ints1d, Tokens2d
from .tokens import have_tokens


class Pieces(NamedTuple):
    """Piece ids of some Docs, without special pieces.

    ids: Piece ids of all Docs, one after the other: (n_pieces,).
    per_token: How many pieces each token is made of, 0 for whitespace: (n_tokens,).
    per_doc: How many pieces each Doc has: (n_docs,).
    tokens_per_doc: How many tokens each Doc has: (n_docs,).
    taggable: Tokens that have pieces and are not blank: (n_tokens,). Only these are tagged.
    tokens: What the tokens are, see `tokens_of`: (n_tokens, 2).
    """

    ids: Ints1d
    per_token: Ints1d
    per_doc: Ints1d
    tokens_per_doc: Ints1d
    taggable: Bools1d
    tokens: Tokens2d

    def at(self, places: Ints1d) -> "Pieces":
        """Those of the Docs at these places, in this order; a Doc may come several times."""
        tokens = expand_ranges(starts_of(self.tokens_per_doc)[places], self.tokens_per_doc[places])
        return Pieces(
            ids=self.ids[expand_ranges(starts_of(self.per_doc)[places], self.per_doc[places])],
            per_token=self.per_token[tokens],
            per_doc=self.per_doc[places],
            tokens_per_doc=self.tokens_per_doc[places],
            taggable=self.taggable[tokens],
            tokens=self.tokens[tokens],
        )

    def are_of(self, docs: Sequence[Doc], first: int = 0) -> bool:
        """Whether these Docs, from the place `first` on, still have the tokens that they had."""
        n_tokens = self.tokens_per_doc[first : first + len(docs)]
        start = int(self.tokens_per_doc[:first].sum())
        return have_tokens(docs, n_tokens, self.tokens[start : start + int(n_tokens.sum())])
