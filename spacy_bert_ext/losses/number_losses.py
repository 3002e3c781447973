"""Losses of numbers: means over what is annotated."""

import numpy as np
import torch
from torch import Tensor

from ..arrays.transfer import to_device
from .cross_entropies import like
from .loss import NOTHING_ANNOTATED, Loss


def squared_errors(outputs: Tensor, gold: np.ndarray) -> Loss:
    """Mean squared error.

    gold (ndarray): nan where not annotated: (n_items, n_outputs).
    """
    annotated = ~np.isnan(gold)
    if not annotated.any():
        return NOTHING_ANNOTATED
    leaf = outputs.detach().requires_grad_()
    rows = to_device(np.flatnonzero(annotated), leaf.device)
    differences = leaf.reshape(-1).index_select(0, rows) - like(gold[annotated], leaf)
    loss = differences.square().mean()
    return Loss(loss.item(), torch.autograd.grad(loss, (leaf,)), float(annotated.sum()))
