"""Losses of tags: means over the annotated tokens, weighted by their tags if so wished."""

import math
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..arrays.ragged import rows_of
from ..arrays.transfer import to_device
from ..tagging.crf import LARGEST_SCORE, Potentials, log_partition, path_score
from ..tagging.crf_chain import conditional_log_probabilities, impossible_below
from ..tagging.crf_wide import log_partition as wide_log_partition
from ..tagging.potentials import crf_potentials
from ..tagging.tag_scores import TagScores
from ..tagging.tags import MISSING, Transitions
from ..types import Ints1d
from .controls import LossControls
from .cross_entropies import PLAIN, cross_entropies
from .loss import NOTHING_ANNOTATED, Loss

LARGEST_IN_CHAIN = 30.0  # scores of a CRF, with controls of the loss


def cross_entropy_of_tags(
    scores: TagScores, gold: Ints1d, controls: LossControls = PLAIN, weights: np.ndarray | None = None
) -> Loss:
    """Mean cross-entropy over annotated tokens.

    gold (Ints1d): Tag of each taggable token, MISSING where not annotated: (n_taggable,).
    weights (ndarray): Of the tags; by them the mean is weighted: (n_tags,). None if all are 1.
    """
    if not (gold != MISSING).any():
        return NOTHING_ANNOTATED
    leaf = scores.logits.detach().requires_grad_()
    rows = to_device(np.flatnonzero(gold != MISSING), leaf.device)
    return _mean_over_tokens(
        leaf.index_select(0, rows).log_softmax(dim=1),
        gold[gold != MISSING],
        controls=controls,
        weights=weights,
        leaves=(leaf,),
    )


def crf_likelihood(
    scores: TagScores,
    gold: Ints1d,
    allowed: Transitions,
    controls: LossControls = PLAIN,
    weights: np.ndarray | None = None,
) -> Loss:
    """Negative log likelihood of the annotation, per annotated token.

    Tokens that are not annotated are summed over (Tsuboi et al. 2008, "Training Conditional Random Fields Using
    Incomplete Annotations"). Controls and weights apply to each token's factor of the likelihood: the probability of
    its tag given the annotated tags before it, see `crf_chain.py`. Possible answers are the tags that may stand there.

    weights (ndarray): Of the tags: (n_tags,). None if all are 1.
    """
    annotated = gold != MISSING
    if not annotated.any():
        return NOTHING_ANNOTATED
    tensors = tuple(tensor.detach().requires_grad_() for tensor in scores.tensors)
    potentials = crf_potentials(tensors, allowed)
    if weights is None and not (controls.label_smoothing or controls.focal_gamma):
        n_annotated = int(annotated.sum())
        loss = _whole_likelihood(potentials, gold, scores.lengths, partial(log_partition, blocks=allowed.blocks))
        spread = torch.aminmax(scores.logits.detach())
        value, highest, lowest = torch.stack([loss.detach(), spread.max, spread.min]).tolist()
        if not (highest - lowest <= LARGEST_SCORE[potentials.emissions.dtype] and math.isfinite(value)):
            loss = _whole_likelihood(potentials, gold, scores.lengths, wide_log_partition)
            value = loss.item()
        gradients = torch.autograd.grad(loss / n_annotated, tensors)
        return Loss(value / n_annotated, gradients, float(n_annotated))
    rows = to_device(np.flatnonzero(annotated), tensors[0].device)
    possible = None
    if controls.label_smoothing:
        even = crf_potentials(tuple(torch.zeros_like(tensor) for tensor in tensors), allowed)
        found = conditional_log_probabilities(even, gold, scores.lengths).index_select(0, rows)
        possible = found > impossible_below(found.dtype)
    found = conditional_log_probabilities(potentials, gold, scores.lengths, wide=_is_wide(tensors))
    log_probabilities = found.index_select(0, rows)
    return _mean_over_tokens(
        log_probabilities, gold[annotated], possible=possible, controls=controls, weights=weights, leaves=tensors
    )


def _is_wide(tensors: Sequence[Tensor]) -> bool:
    """Whether scores of tags or pairs are too far apart for products of probabilities."""
    logits, *others = (torch.aminmax(tensor.detach()) for tensor in tensors)
    spreads = [logits.max - logits.min, *(torch.maximum(other.max, -other.min) for other in others)]
    return not torch.stack(spreads).amax().item() <= LARGEST_IN_CHAIN


def _whole_likelihood(
    potentials: Potentials, gold: Ints1d, lengths: Ints1d, partition: Callable[[Potentials, Ints1d], Tensor]
) -> Tensor:
    """Negative log likelihood of the annotation, summed over all sequences: ()."""
    everything = partition(potentials, lengths)
    # Where every token is annotated, one sequence is consistent with it.
    open_ones = np.unique(rows_of(lengths)[gold == MISSING])
    is_partial = np.isin(rows_of(lengths), open_ones)
    full_lengths, partial_lengths = lengths.copy(), lengths[open_ones]
    full_lengths[open_ones] = 0
    device = potentials.emissions.device
    full_rows, partial_rows = (to_device(np.flatnonzero(rows), device) for rows in (~is_partial, is_partial))
    consistent = path_score(
        potentials._replace(emissions=potentials.emissions.index_select(0, full_rows)), gold[~is_partial], full_lengths
    )
    if len(open_ones):
        excluded = np.ones((len(partial_rows), potentials.emissions.shape[1]), dtype=bool)
        excluded[gold[is_partial] == MISSING] = False
        excluded[np.arange(len(excluded)), gold[is_partial]] = False
        mask = to_device(excluded, device)
        emissions = potentials.emissions.index_select(0, partial_rows).masked_fill(mask, -torch.inf)
        consistent += partition(potentials._replace(emissions=emissions), partial_lengths)
    return everything - consistent


def _mean_over_tokens(
    log_probabilities: Tensor,
    gold: Ints1d,
    *,
    controls: LossControls,
    weights: np.ndarray | None,
    leaves: tuple[Tensor, ...],
    possible: Tensor | None = None,
) -> Loss:
    shares = functional.one_hot(to_device(gold, log_probabilities.device), log_probabilities.shape[1])
    weight = float(len(gold)) if weights is None else float(weights[gold].sum())
    losses = cross_entropies(log_probabilities, shares, controls, possible=possible, weights=weights)
    loss = losses.sum() / weight
    # Where all sequences have one token, no pair of tags has part in it.
    return Loss(loss.item(), torch.autograd.grad(loss, leaves, materialize_grads=True), weight)
