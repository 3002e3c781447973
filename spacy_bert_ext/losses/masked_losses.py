"""The loss of masked pieces: the cross-entropy of what stood there, over the vocabulary."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from ..arrays.transfer import to_device
from ..types import Ints1d
from .loss import NOTHING_ANNOTATED, Loss

# Rows at once: in fp32 a vocabulary of 30,000 pieces takes 30 MB then.
_ROWS = 256


def loss_of_masked(logits: Tensor, targets: Ints1d) -> Loss:
    """The mean over all masked pieces, as transformers' `...ForMaskedLM` has it.

    logits (Tensor): (n_rows, n_vocabulary); rows after the first `n_masked` ones are padding.
    targets (ndarray): (n_masked,).
    """
    n_masked = len(targets)
    if not n_masked:
        return NOTHING_ANNOTATED
    # Gradients are known: the probabilities, less 1 for what is right. autograd would hold three times as many numbers.
    of_logits = torch.empty_like(logits)
    of_logits[n_masked:] = 0.0
    losses = []
    with torch.no_grad():
        for rows, right, gradients in zip(*_parts(logits, targets), of_logits[:n_masked].split(_ROWS)):
            logarithms = rows.float().log_softmax(1)
            losses.append(-logarithms.gather(1, right[:, None])[:, 0])
            probabilities = logarithms.exp_()
            probabilities.scatter_add_(1, right[:, None], probabilities.new_full((len(right), 1), -1.0))
            gradients.copy_(probabilities.div_(n_masked))
    return Loss(torch.cat(losses).mean().item(), (of_logits,), float(n_masked))


def with_loss_of_pairs(loss: Loss, logits: Tensor, next_logits: Tensor, next_labels: Ints1d) -> Loss:
    """A loss of masked pieces, and the mean over all pairs of segments, as transformers' `...ForPreTraining` has it.

    loss, logits: Of `loss_of_masked`, and what it is the loss of.
    next_logits, next_labels: (n_pairs, 2), (n_pairs,).
    """
    n_pairs = len(next_labels)
    logarithms = next_logits.detach().float().log_softmax(1)
    right = to_device(next_labels, logits.device)[:, None]
    value = -logarithms.gather(1, right).mean().item()
    probabilities = logarithms.exp()
    gradient = probabilities.scatter_add(1, right, probabilities.new_full((n_pairs, 1), -1.0)) / n_pairs
    of_pairs = gradient.to(next_logits.dtype)
    if loss.gradients is None:  # nothing was masked
        return Loss(value, (torch.zeros_like(logits), of_pairs), float(n_pairs))
    return Loss(loss.value + value, (*loss.gradients, of_pairs), loss.weight)


def surprisals(logits: Tensor, targets: Ints1d) -> tuple[np.ndarray, np.ndarray]:
    """Of each masked piece the negative logarithm of its probability, and whether it is the likeliest: (n_masked,).

    logits, targets: As above.
    """
    found = [
        (-rows.float().log_softmax(1).gather(1, right[:, None])[:, 0], rows.argmax(1) == right)
        for rows, right in zip(*_parts(logits.detach(), targets))
    ]
    losses, hits = (torch.cat(parts).cpu().numpy() for parts in zip(*found))
    return losses, hits


def _parts(logits: Tensor, targets: Ints1d) -> tuple[Sequence[Tensor], Sequence[Tensor]]:
    """Logits and targets, some rows at a time."""
    return logits[: len(targets)].split(_ROWS), to_device(targets, logits.device).split(_ROWS)
