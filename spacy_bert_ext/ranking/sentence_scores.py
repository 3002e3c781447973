"""What a head says of the sentences of some Docs."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from ..types import Ints1d, Tokens2d


@dataclass(frozen=True)
class SentenceScores:
    """logits: Log odds that a sentence is part of the summary: (n_sentences,).

    first, last: The sentences' first and last token over the flat tokens of all Docs: (n_sentences,).
    sentences_per_doc, tokens_per_doc: (n_docs,).
    tokens: See `tokens_of`: (n_tokens, 2).
    """

    logits: Tensor
    first: Ints1d
    last: Ints1d
    sentences_per_doc: Ints1d
    tokens_per_doc: Ints1d
    tokens: Tokens2d | None = None

    def numbers(self) -> np.ndarray:
        """The logits on the host: (n_sentences,)."""
        found: np.ndarray = self.logits.detach().cpu().double().numpy()
        return found
