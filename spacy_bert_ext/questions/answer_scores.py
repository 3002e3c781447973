"""What answers to questions are scored by: logits of each piece of a text as the first and the last one of the answer,
and for each window one pair of logits for no answer.

A pair is a question and the text that is asked. A question has as many pairs as it is asked of texts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from ..arrays.ragged import rows_of, starts_of
from ..types import Bools1d, Ints1d, Tokens2d
from .decoding import TokenScores


@dataclass(frozen=True)
class AnswerScores:
    """Logits of some pairs, in their order, and what they belong to.

    pieces: Of each piece of the texts, as the first and the last one of the answer: (n_pieces, 2).
    windows: Of no answer, from the vector of the first special piece of each window: (n_windows, 2).
    windows_per_pair, tokens_per_pair: (n_pairs,) each.
    pieces_per_window: How many pieces have their logits from the window: (n_windows,).
    pieces_per_token: (n_tokens,).
    taggable: Tokens that have pieces and are not blank: (n_tokens,). Only these begin or end an answer.
    names: Of the questions: (n_pairs,).
    pairs_per_doc: How many questions each Doc was asked: (n_docs,).
    tokens: What the tokens are, see `tokens_of`: (n_tokens, 2).
    """

    pieces: Tensor
    windows: Tensor
    windows_per_pair: Ints1d
    tokens_per_pair: Ints1d
    pieces_per_window: Ints1d
    pieces_per_token: Ints1d
    taggable: Bools1d
    names: tuple[str, ...]
    pairs_per_doc: Ints1d
    tokens: Tokens2d

    @property
    def n_pairs(self) -> int:
        return len(self.names)

    @cached_property
    def token_starts(self) -> Ints1d:
        """The first token of each pair: (n_pairs,)."""
        return starts_of(self.tokens_per_pair)

    @cached_property
    def first_pieces(self) -> Ints1d:
        """The first piece of each token, or the one that it would have: (n_tokens,)."""
        return starts_of(self.pieces_per_token)

    @cached_property
    def last_pieces(self) -> Ints1d:
        """The last piece of each token, of those that have any: (n_tokens,)."""
        last: Ints1d = self.first_pieces + np.maximum(self.pieces_per_token, 1) - 1
        return last

    def of_tokens(self) -> TokenScores:
        """An answer begins with the first piece of a token, and ends with the last piece of one.

        No answer scores as low as in the window where it scores lowest: if one window has the answer, no matter how
        sure all others are that they don't. So has it transformers' `run_qa`.
        """
        pieces, windows = (logits.detach().double().cpu().numpy() for logits in (self.pieces, self.windows))
        start, end = (np.full(len(self.taggable), -np.inf) for _ in range(2))
        start[self.taggable] = pieces[self.first_pieces[self.taggable], 0]
        end[self.taggable] = pieces[self.last_pieces[self.taggable], 1]
        null = np.full(self.n_pairs, np.inf)
        np.minimum.at(null, rows_of(self.windows_per_pair), windows.sum(axis=1))
        return TokenScores(start, end, null=null, per_pair=self.tokens_per_pair)


def concatenated(parts: Sequence[AnswerScores], pairs_per_doc: Ints1d) -> AnswerScores:
    """The pairs of all parts, one after the other. A Doc's pairs may be spread over parts.

    pairs_per_doc (Ints1d): Of all Docs: (n_docs,).
    """
    return AnswerScores(
        pieces=torch.cat([part.pieces for part in parts]),
        windows=torch.cat([part.windows for part in parts]),
        windows_per_pair=np.concatenate([part.windows_per_pair for part in parts]),
        tokens_per_pair=np.concatenate([part.tokens_per_pair for part in parts]),
        pieces_per_window=np.concatenate([part.pieces_per_window for part in parts]),
        pieces_per_token=np.concatenate([part.pieces_per_token for part in parts]),
        taggable=np.concatenate([part.taggable for part in parts]),
        names=tuple(name for part in parts for name in part.names),
        pairs_per_doc=pairs_per_doc,
        tokens=np.concatenate([part.tokens for part in parts]),
    )


def no_scores(pairs_per_doc: Ints1d) -> AnswerScores:
    """Of Docs that are asked nothing."""
    no_logits, nothing = torch.zeros(0, 2), np.zeros(0, dtype=np.int64)
    return AnswerScores(
        pieces=no_logits,
        windows=no_logits,
        windows_per_pair=nothing,
        tokens_per_pair=nothing,
        pieces_per_window=nothing,
        pieces_per_token=nothing,
        taggable=nothing.astype(bool),
        names=(),
        pairs_per_doc=pairs_per_doc,
        tokens=np.zeros((0, 2), dtype=np.uint64),
    )
