"""The loss of answers: where they begin and where they end, among the pieces of each window."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..arrays.ragged import rows_of, starts_of
from ..arrays.transfer import to_device
from ..questions.answer_scores import AnswerScores
from ..types import Bools1d, Ints1d
from .controls import LossControls
from .cross_entropies import PLAIN, cross_entropies
from .loss import NOTHING_ANNOTATED, Loss

NO_ANSWER = -1


class GoldAnswers(NamedTuple):
    """Annotation of some pairs: (n_pairs,) each.

    first, last: Pieces, counted over all pairs' texts; NO_ANSWER where the text has none.
    is_annotated: Which pairs are learned from.
    """

    first: Ints1d
    last: Ints1d
    is_annotated: Bools1d


def loss_of_answers(scores: AnswerScores, gold: GoldAnswers, controls: LossControls = PLAIN) -> Loss:
    """The mean, over all windows of annotated pairs, of two cross-entropies' mean: of the first piece of the answer,
    and of its last one, each among the pieces that the window owns and [CLS].

    [CLS] is right where the window does not own the piece. Devlin et al. (2019), "BERT: Pre-training of Deep
    Bidirectional Transformers for Language Understanding", on SQuAD 2.0.
    """
    pair_of_window = rows_of(scores.windows_per_pair)
    windows = np.flatnonzero(gold.is_annotated[pair_of_window])
    if not len(windows):
        return NOTHING_ANNOTATED
    pieces, nulls = (logits.detach().requires_grad_() for logits in (scores.pieces, scores.windows))
    owned, begin = scores.pieces_per_window[windows], starts_of(scores.pieces_per_window)[windows]
    # Of each window: [CLS], its pieces, and padding, whose row is the last one.
    everything = torch.cat(
        [nulls, pieces, torch.zeros_like(pieces[:1]) if len(pieces) else torch.zeros_like(nulls[:1])]
    )
    place = np.arange(1 + int(owned.max()))
    is_there = place <= owned[:, None]
    rows = np.where(is_there, len(nulls) + begin[:, None] + place - 1, len(everything) - 1)
    rows[:, 0] = windows
    device = pieces.device
    logits = everything.index_select(0, to_device(rows.reshape(-1), device)).view(*rows.shape, 2)
    possible = to_device(is_there, device)
    losses = [
        _cross_entropies(
            logits[:, :, side], possible, _places(of_gold[pair_of_window[windows]], begin, owned), controls
        )
        for side, of_gold in enumerate((gold.first, gold.last))
    ]
    loss = torch.cat(losses).mean()
    gradients = torch.autograd.grad(loss, (pieces, nulls))
    return Loss(loss.item(), gradients, float(len(windows)))


def _places(gold: Ints1d, begin: Ints1d, owned: Ints1d) -> Ints1d:
    """Which place of each window is right: 0 is [CLS]. All (n_windows,)."""
    place = gold - begin
    return np.where((place >= 0) & (place < owned), place + 1, 0)


def _cross_entropies(logits: Tensor, possible: Tensor, gold: Ints1d, controls: LossControls) -> Tensor:
    """Of windows: (n_windows,). logits, possible: (n_windows, n_places)."""
    # Finite, since a share of 0 of an infinite loss would be no number.
    least = torch.finfo(logits.dtype).min / 2
    log_probabilities = logits.masked_fill(~possible, least).log_softmax(dim=1)
    shares = functional.one_hot(to_device(gold, logits.device), logits.shape[1])
    return cross_entropies(log_probabilities, shares, controls, possible=possible)
