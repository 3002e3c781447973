"""Scores of answers, made by hand."""

from collections.abc import Sequence

import numpy as np
import torch

from spacy_bert_ext.questions.answer_scores import AnswerScores
from tests.losses.scored import ints


def answer_scores(
    pieces: Sequence[Sequence[float]] | torch.Tensor,
    windows: Sequence[Sequence[float]] | torch.Tensor,
    *,
    windows_per_pair: Sequence[int],
    tokens_per_pair: Sequence[int],
    pieces_per_window: Sequence[int],
    pieces_per_token: Sequence[int],
    names: Sequence[str] | None = None,
    pairs_per_doc: Sequence[int] | None = None,
) -> AnswerScores:
    """By default each pair is of a Doc of its own. Tokens with pieces are taggable."""
    per_token = ints(*pieces_per_token)
    return AnswerScores(
        pieces=torch.as_tensor(pieces).view(-1, 2),
        windows=torch.as_tensor(windows).view(-1, 2),
        windows_per_pair=ints(*windows_per_pair),
        tokens_per_pair=ints(*tokens_per_pair),
        pieces_per_window=ints(*pieces_per_window),
        pieces_per_token=per_token,
        taggable=per_token > 0,
        names=tuple(names or [f"Q{i}" for i in range(len(tokens_per_pair))]),
        pairs_per_doc=ints(*(pairs_per_doc or [1] * len(tokens_per_pair))),
        tokens=np.zeros((len(per_token), 2), dtype=np.uint64),
    )


def two_pairs() -> AnswerScores:
    """A text of three tokens (2, 0 and 1 pieces) in two windows, and one of a single token."""
    return answer_scores(
        [[1.0, 0.0], [9.0, 2.0], [3.0, 4.0], [0.5, 0.25]],
        [[1.0, 1.0], [2.0, -1.0], [4.0, 4.0]],
        windows_per_pair=[2, 1],
        tokens_per_pair=[3, 1],
        pieces_per_window=[2, 1, 1],
        pieces_per_token=[2, 0, 1, 1],
    )
