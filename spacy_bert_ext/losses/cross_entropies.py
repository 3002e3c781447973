"""Losses of some answers, weighted, smoothed and focused by `LossControls`. Every loss is made of two parts,

    (1 - label_smoothing) * loss of the truth + label_smoothing * mean loss of all possible answers

where the loss of an answer of probability p is `-weight * log(p)`, and for the truth that times `(1 - p)**focal_gamma`.
With neither focal_gamma nor soft truths this is what torch's `cross_entropy` and `binary_cross_entropy_with_logits`
compute, with their `weight`, `pos_weight` and `label_smoothing`.
"""

import numpy as np
import torch
from torch import Tensor

from ..arrays.transfer import to_device
from .controls import LossControls

PLAIN = LossControls()


def cross_entropies(
    log_probabilities: Tensor,
    shares: Tensor,
    controls: LossControls,
    *,
    possible: Tensor | None = None,
    weights: np.ndarray | None = None,
) -> Tensor:
    """Losses of some answers: (n,).

    log_probabilities, shares (Tensor): Of each answer, and which share of the truth it is: (n, n_answers).
    possible (Tensor): Among which answers smoothing spreads: (n, n_answers). None if among all.
    weights (ndarray): (n_answers,) or (n, n_answers). None if all are 1.
    """
    losses = -log_probabilities
    if weights is not None:
        losses = losses * like(weights, log_probabilities)
    of_truth = (shares * losses * focus(log_probabilities, controls)).sum(dim=1)
    if not controls.label_smoothing:
        return of_truth
    if possible is None:
        of_all = losses.mean(dim=1)
    else:
        of_all = losses.masked_fill(~possible, 0.0).sum(dim=1) / possible.sum(dim=1)
    return (1 - controls.label_smoothing) * of_truth + controls.label_smoothing * of_all


def focus(log_probabilities: Tensor, controls: LossControls) -> Tensor | float:
    """How much each answer counts, were it the truth."""
    if not controls.focal_gamma:
        return 1.0
    # Of what is certain, the slope of a root would be infinite.
    doubts = (-torch.expm1(log_probabilities)).clamp_min(torch.finfo(log_probabilities.dtype).tiny)
    return doubts**controls.focal_gamma


def like(array: np.ndarray, tensor: Tensor) -> Tensor:
    """As a tensor on the other's device, of its type."""
    return to_device(array.astype(np.float32), tensor.device).to(tensor.dtype)
