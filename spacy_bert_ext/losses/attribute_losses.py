"""The loss of attributes of spans: cross-entropy of the gold spans' values."""

from collections.abc import Sequence

import numpy as np
import torch
from torch.nn import functional

from ..spans.attributes import GoldValues
from ..spans.candidates import Candidates
from ..spans.span_scores import SpanScores
from .controls import LossControls
from .cross_entropies import PLAIN, cross_entropies, like
from .loss import NOTHING_ANNOTATED, Loss


def loss_of_attributes(
    scores: SpanScores, gold: Sequence[GoldValues], n_tokens: int, controls: LossControls = PLAIN
) -> Loss:
    """The sum over attributes and over gold spans that have a value, divided by the number of annotated tokens.

    The loss of spans is divided by the same number: together they are minus the log-likelihood, per token, of labels
    and values, in which a value weighs as much as a label. Since both have the same weight, sub-batches add up to the
    step of one batch.

    gold (Sequence[GoldValues]): Of each attribute.
    n_tokens (int): Of Docs whose spans are annotated.
    """
    if not sum(len(values.value) for values in gold):
        return NOTHING_ANNOTATED
    leaves = scores.leaves()
    sums, losses = leaves.sums(), []
    for (weight, bias), values in zip(leaves.attributes, gold):
        if not len(values.value):
            continue
        hidden = leaves.hidden(Candidates(values.first, values.last), sums)
        log_probabilities = functional.linear(hidden, weight, bias).float().log_softmax(dim=1)
        truths = like(np.eye(len(bias))[values.value], log_probabilities)
        losses.append(cross_entropies(log_probabilities, truths, controls).sum())
    loss = torch.stack(losses).sum() / n_tokens
    found = torch.autograd.grad(loss, leaves.tensors, allow_unused=True)
    filled = (torch.zeros_like(leaf) if grad is None else grad for leaf, grad in zip(leaves.tensors, found))
    return Loss(loss.item(), tuple(filled), float(n_tokens))
