"""Losses of categories: means over what is annotated, weighted by the categories if so wished."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..arrays.transfer import to_device
from .controls import LossControls
from .cross_entropies import PLAIN, cross_entropies, focus, like
from .loss import NOTHING_ANNOTATED, Loss


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
    log_probabilities = leaf.index_select(0, to_device(used, leaf.device)).log_softmax(dim=1)
    has_positive, possible = has_positive[used], possible[used]
    truths = np.nan_to_num(gold[used])
    shares = truths / np.maximum(truths.sum(axis=1, keepdims=True), 1e-12)
    doc_weights = np.ones(len(used))
    if weights is not None:
        doc_weights = np.where(has_positive, shares @ weights, possible @ weights / possible.sum(axis=1))
    among = to_device(possible, leaf.device)
    losses = cross_entropies(log_probabilities, like(shares, leaf), controls, possible=among, weights=weights)
    if not has_positive.all():
        ruled_out = to_device(~possible, leaf.device)
        of_possible = log_probabilities.masked_fill(ruled_out, -torch.inf).logsumexp(dim=1)
        without_positive = -of_possible * focus(of_possible, controls) * like(doc_weights, leaf)
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
    chosen = leaf.reshape(-1).index_select(0, to_device(np.flatnonzero(annotated), leaf.device))
    log_probabilities = torch.stack([functional.logsigmoid(chosen), functional.logsigmoid(-chosen)], dim=1)
    truths = like(np.stack([gold[annotated], 1 - gold[annotated]], axis=1), leaf)
    pair_weights = None if weights is None else np.stack([weights[places[1]], np.ones(len(places[1]))], axis=1)
    losses = cross_entropies(log_probabilities, truths, controls, weights=pair_weights)
    return Loss(losses.mean().item(), torch.autograd.grad(losses.mean(), (leaf,)), float(annotated.sum()))
