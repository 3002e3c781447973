"""Losses of tags and categories: means over what is annotated, weighted by what is annotated if so wished.

With `LossControls` every loss is made of two parts,

    (1 - label_smoothing) * loss of the truth + label_smoothing * mean loss of all possible answers

where the loss of an answer of probability p is `-weight * log(p)`, and for the truth that times `(1 - p)**focal_gamma`.
With neither focal_gamma nor soft truths this is what torch's `cross_entropy` and `binary_cross_entropy_with_logits`
compute, with their `weight`, `pos_weight` and `label_smoothing`.
"""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from spacy.training import Example
from torch import Tensor
from torch.nn import functional

from ..arrays.ragged import rows_of
from ..arrays.transfer import to_device
from ..errors import Errors
from ..runtime.finite import NotFiniteError
from ..tagging.crf import LARGEST_SCORE, Potentials, log_partition, path_score
from ..tagging.crf_chain import conditional_log_probabilities, impossible_below
from ..tagging.crf_wide import log_partition as wide_log_partition
from ..tagging.decoders import crf_potentials
from ..tagging.tag_scores import TagScores
from ..tagging.tags import MISSING, Transitions
from ..types import Ints1d
from .controls import LossControls


class Loss(NamedTuple):
    """A loss and its gradients with respect to the scores' tensors; None if nothing is annotated.

    weight: What the mean was divided by: the number of annotated things, or the sum of their weights. Means of
        sub-batches that are weighted by it give the mean of all.
    """

    value: float
    gradients: tuple[Tensor, ...] | None
    weight: float

    def times(self, factor: float) -> "Loss":
        if factor == 1 or self.gradients is None:
            return self
        return Loss(self.value * factor, tuple(gradient * factor for gradient in self.gradients), self.weight)


def check_loss(name: str, loss: float, step: int, examples: Sequence[Example]) -> None:
    """RAISES (ValueError): The loss of this component in this step is no number."""
    if not math.isfinite(loss):
        text = examples[0].reference.text[:50] if examples else ""
        raise NotFiniteError(Errors.B150.format(name=name, loss=loss, step=step, n_docs=len(examples), text=text))


LARGEST_IN_CHAIN = 30.0  # scores of a CRF, with controls of the loss

NOTHING_ANNOTATED = Loss(0.0, None, 0.0)
PLAIN = LossControls()


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
    return _mean_over_tokens(leaf[rows].log_softmax(dim=1), gold[gold != MISSING], None, controls, weights, (leaf,))


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
        found = conditional_log_probabilities(even, gold, scores.lengths)[rows]
        possible = found > impossible_below(found.dtype)
    log_probabilities = conditional_log_probabilities(potentials, gold, scores.lengths, wide=_is_wide(tensors))[rows]
    return _mean_over_tokens(log_probabilities, gold[annotated], possible, controls, weights, tensors)


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
        potentials._replace(emissions=potentials.emissions[full_rows]), gold[~is_partial], full_lengths
    )
    if len(open_ones):
        excluded = np.ones((len(partial_rows), potentials.emissions.shape[1]), dtype=bool)
        excluded[gold[is_partial] == MISSING] = False
        excluded[np.arange(len(excluded)), gold[is_partial]] = False
        mask = to_device(excluded, device)
        emissions = potentials.emissions[partial_rows].masked_fill(mask, -torch.inf)
        consistent += partition(potentials._replace(emissions=emissions), partial_lengths)
    return everything - consistent


def _mean_over_tokens(
    log_probabilities: Tensor,
    gold: Ints1d,
    possible: Tensor | None,
    controls: LossControls,
    weights: np.ndarray | None,
    leaves: tuple[Tensor, ...],
) -> Loss:
    shares = functional.one_hot(to_device(gold, log_probabilities.device), log_probabilities.shape[1])
    weight = float(len(gold)) if weights is None else float(weights[gold].sum())
    losses = _cross_entropies(log_probabilities, shares, possible, controls, weights)
    loss = losses.sum() / weight
    # Where all sequences have one token, no pair of tags has part in it.
    return Loss(loss.item(), torch.autograd.grad(loss, leaves, materialize_grads=True), weight)


def exclusive_categories(
    logits: Tensor, gold: np.ndarray, controls: LossControls = PLAIN, weights: np.ndarray | None = None
) -> Loss:
    """Mean cross-entropy over Docs with a category, for classes of which one holds.

    Where a Doc only says which classes do not hold, the others share the blame: minus the logarithm of their sum. They
    alone are possible answers then, and the mean of their weights is the Doc's.

    gold (ndarray): From 0 to 1, nan where not annotated: (n_docs, n_labels).
    weights (ndarray): Of the classes; by that of the truth the mean is weighted: (n_labels,). None if all are 1.
    """
    has_positive = np.nansum(gold, axis=1) > 0
    possible = np.isnan(gold) | has_positive[:, None]
    # Docs that say nothing, or that rule out every class, teach nothing.
    used = np.flatnonzero(~np.isnan(gold).all(axis=1) & possible.any(axis=1))
    if not len(used):
        return NOTHING_ANNOTATED
    leaf = logits.detach().requires_grad_()
    log_probabilities = leaf[to_device(used, leaf.device)].log_softmax(dim=1)
    has_positive, possible = has_positive[used], possible[used]
    truths = np.nan_to_num(gold[used])
    shares = truths / np.maximum(truths.sum(axis=1, keepdims=True), 1e-12)
    doc_weights = np.ones(len(used))
    if weights is not None:
        doc_weights = np.where(has_positive, shares @ weights, possible @ weights / possible.sum(axis=1))
    losses = _cross_entropies(
        log_probabilities, _like(shares, leaf), to_device(possible, leaf.device), controls, weights
    )
    if not has_positive.all():
        ruled_out = to_device(~possible, leaf.device)
        of_possible = log_probabilities.masked_fill(ruled_out, -torch.inf).logsumexp(dim=1)
        without_positive = -of_possible * _focus(of_possible, controls) * _like(doc_weights, leaf)
        without_positive = without_positive * (1 - controls.label_smoothing)
        losses = losses + without_positive.where(to_device(~has_positive, leaf.device), 0.0)
    loss = losses.sum() / float(doc_weights.sum())
    return Loss(loss.item(), torch.autograd.grad(loss, (leaf,)), float(doc_weights.sum()))


def independent_categories(
    logits: Tensor, gold: np.ndarray, controls: LossControls = PLAIN, weights: np.ndarray | None = None
) -> Loss:
    """Mean binary cross-entropy over annotated categories, for classes that hold independently.

    gold (ndarray): From 0 to 1, nan where not annotated: (n_docs, n_labels).
    weights (ndarray): Of each label's positive examples, beside 1 for the negative ones. The mean is over the number of
        annotated categories all the same: (n_labels,). None if all are 1.
    """
    annotated = ~np.isnan(gold)
    if not annotated.any():
        return NOTHING_ANNOTATED
    leaf = logits.detach().requires_grad_()
    places = np.nonzero(annotated)
    docs, labels = (to_device(array, leaf.device) for array in places)
    chosen = leaf[docs, labels]
    log_probabilities = torch.stack([functional.logsigmoid(chosen), functional.logsigmoid(-chosen)], dim=1)
    truths = _like(np.stack([gold[annotated], 1 - gold[annotated]], axis=1), leaf)
    pair_weights = None if weights is None else np.stack([weights[places[1]], np.ones(len(places[1]))], axis=1)
    losses = _cross_entropies(log_probabilities, truths, None, controls, pair_weights)
    return Loss(losses.mean().item(), torch.autograd.grad(losses.mean(), (leaf,)), float(annotated.sum()))


def _cross_entropies(
    log_probabilities: Tensor,
    shares: Tensor,
    possible: Tensor | None,
    controls: LossControls,
    weights: np.ndarray | None,
) -> Tensor:
    """Losses of some answers: (n,).

    log_probabilities, shares (Tensor): Of each answer, and which share of the truth it is: (n, n_answers).
    possible (Tensor): Among which answers smoothing spreads: (n, n_answers). None if among all.
    weights (ndarray): (n_answers,) or (n, n_answers). None if all are 1.
    """
    losses = -log_probabilities
    if weights is not None:
        losses = losses * _like(weights, log_probabilities)
    of_truth = (shares * losses * _focus(log_probabilities, controls)).sum(dim=1)
    if not controls.label_smoothing:
        return of_truth
    if possible is None:
        of_all = losses.mean(dim=1)
    else:
        of_all = losses.masked_fill(~possible, 0.0).sum(dim=1) / possible.sum(dim=1)
    return (1 - controls.label_smoothing) * of_truth + controls.label_smoothing * of_all


def _focus(log_probabilities: Tensor, controls: LossControls) -> Tensor | float:
    """How much each answer counts, were it the truth."""
    if not controls.focal_gamma:
        return 1.0
    # Of what is certain, the slope of a root would be infinite.
    doubts = (-torch.expm1(log_probabilities)).clamp_min(torch.finfo(log_probabilities.dtype).tiny)
    return doubts**controls.focal_gamma


def _like(array: np.ndarray, tensor: Tensor) -> Tensor:
    """As a tensor on the other's device, of its type."""
    return to_device(array.astype(np.float32), tensor.device).to(tensor.dtype)
