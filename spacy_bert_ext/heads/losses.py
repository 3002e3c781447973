"""Losses of tags and categories: means over what is annotated, so that sub-batches of any size weigh alike."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..ragged import rows_of
from ..transfer import to_device
from ..types import Ints1d
from .crf import log_partition, path_score
from .decoders import crf_potentials
from .tags import MISSING, Transitions
from .token_classifier import TagScores


class Loss(NamedTuple):
    """A loss and its gradients with respect to the scores' tensors; None if nothing is annotated."""

    value: float
    gradients: tuple[Tensor, ...] | None


NOTHING_ANNOTATED = Loss(0.0, None)


def cross_entropy_of_tags(scores: TagScores, gold: Ints1d) -> Loss:
    """Mean cross-entropy over annotated tokens.

    gold (Ints1d): Tag of each readable token, MISSING where not annotated: (n_readable,).
    """
    if not (gold != MISSING).any():
        return NOTHING_ANNOTATED
    logits = scores.logits.detach().requires_grad_()
    target = to_device(gold, logits.device)
    loss = functional.cross_entropy(logits, target, ignore_index=MISSING)
    return Loss(loss.item(), torch.autograd.grad(loss, (logits,)))


def crf_likelihood(scores: TagScores, gold: Ints1d, allowed: Transitions) -> Loss:
    """Negative log likelihood of the annotation, per annotated token.

    Tokens that are not annotated are summed over (Tsuboi et al. 2008, "Training Conditional Random Fields Using
    Incomplete Annotations").
    """
    annotated = gold != MISSING
    if not annotated.any():
        return NOTHING_ANNOTATED
    tensors = tuple(tensor.detach().requires_grad_() for tensor in scores.tensors)
    potentials = crf_potentials(tensors, allowed)
    lengths = scores.lengths
    everything = log_partition(potentials, lengths, allowed.blocks)
    # Where every token is annotated, one sequence is consistent with it.
    partial = np.unique(rows_of(lengths)[~annotated])
    is_partial = np.isin(rows_of(lengths), partial)
    full_lengths, partial_lengths = lengths.copy(), lengths[partial]
    full_lengths[partial] = 0
    full_rows, partial_rows = (to_device(np.flatnonzero(rows), tensors[0].device) for rows in (~is_partial, is_partial))
    consistent = path_score(
        potentials._replace(emissions=potentials.emissions[full_rows]), gold[~is_partial], full_lengths
    )
    if len(partial):
        excluded = np.ones((len(partial_rows), tensors[0].shape[1]), dtype=bool)
        excluded[gold[is_partial] == MISSING] = False
        excluded[np.arange(len(excluded)), gold[is_partial]] = False
        mask = to_device(excluded, tensors[0].device)
        emissions = potentials.emissions[partial_rows].masked_fill(mask, -torch.inf)
        consistent += log_partition(potentials._replace(emissions=emissions), partial_lengths, allowed.blocks)
    loss = (everything - consistent) / int(annotated.sum())
    return Loss(loss.item(), torch.autograd.grad(loss, tensors))


def exclusive_categories(logits: Tensor, gold: np.ndarray) -> Loss:
    """Mean cross-entropy over Docs with a category, for classes of which one holds.

    Where a Doc only says which classes do not hold, the others share the blame: minus the logarithm of their sum.

    gold (ndarray): From 0 to 1, nan where not annotated: (n_docs, n_labels).
    """
    has_positive = np.nansum(gold, axis=1) > 0
    possible = np.isnan(gold) | has_positive[:, None]
    # Docs that say nothing, or that rule out every class, teach nothing.
    used = np.flatnonzero(~np.isnan(gold).all(axis=1) & possible.any(axis=1))
    if not len(used):
        return NOTHING_ANNOTATED
    leaf = logits.detach().requires_grad_()
    log_probabilities = leaf[to_device(used, leaf.device)].log_softmax(dim=1)
    truths = np.nan_to_num(gold[used])
    shares = truths / np.maximum(truths.sum(axis=1, keepdims=True), 1e-12)
    with_positive = -(to_device(shares, leaf.device).to(log_probabilities.dtype) * log_probabilities).sum(dim=1)
    ruled_out = to_device(~possible[used], leaf.device)
    without_positive = -log_probabilities.masked_fill(ruled_out, -torch.inf).logsumexp(dim=1)
    loss = torch.where(to_device(has_positive[used], leaf.device), with_positive, without_positive).mean()
    return Loss(loss.item(), torch.autograd.grad(loss, (leaf,)))


def independent_categories(logits: Tensor, gold: np.ndarray) -> Loss:
    """Mean binary cross-entropy over annotated categories, for classes that hold independently.

    gold (ndarray): From 0 to 1, nan where not annotated: (n_docs, n_labels).
    """
    annotated = ~np.isnan(gold)
    if not annotated.any():
        return NOTHING_ANNOTATED
    leaf = logits.detach().requires_grad_()
    docs, labels = (to_device(places, leaf.device) for places in np.nonzero(annotated))
    target = to_device(gold[annotated].astype(np.float32), leaf.device)
    loss = functional.binary_cross_entropy_with_logits(leaf[docs, labels], target)
    return Loss(loss.item(), torch.autograd.grad(loss, (leaf,)))
