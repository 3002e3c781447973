"""What tags are decoded from, and what their loss is of: scores of tags, and of pairs of tags."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from ..arrays.ragged import starts_of
from ..types import Bools1d, Ints1d, Tokens2d


@dataclass(frozen=True)
class TagScores:
    """Scores of the taggable tokens of some Docs; the other tokens are never tagged.

    tensors: Logits (n_taggable, n_tags); for the CRF also `start` and `end` (n_tags,), `between` (n_tags, n_tags).
    taggable: Which tokens are scored: (n_tokens,).
    tokens_per_doc: (n_docs,).
    tokens: What the tokens are, see `tokens_of`: (n_tokens, 2). None if that is not known.
    """

    tensors: tuple[Tensor, ...]
    taggable: Bools1d
    tokens_per_doc: Ints1d
    tokens: Tokens2d | None = None

    @property
    def logits(self) -> Tensor:
        return self.tensors[0]

    @property
    def lengths(self) -> Ints1d:
        """Taggable tokens of each Doc: (n_docs,)."""
        total = np.concatenate([np.zeros(1, np.int64), np.cumsum(self.taggable)])
        starts = starts_of(self.tokens_per_doc)
        lengths: Ints1d = total[starts + self.tokens_per_doc] - total[starts]
        return lengths
