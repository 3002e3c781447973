"""Attention as an explanation: what the pieces that a head reads attend to.

"attention" takes the last layer's weights, averaged over its heads. "rollout" multiplies those of all layers, each
mixed with what is handed on unchanged (Abnar, Zuidema 2020, "Quantifying Attention Flow in Transformers"). Neither
knows of a label: they tell where information may come from, not what it speaks for.
"""

import numpy as np
import torch
from torch import Tensor

from ..encoder.inputs import inputs_of
from .copies import Copies, Rows
from .twin import Twin


def attention_weights(copies: Copies, twin: Twin, *, rollout: bool, max_batch_pieces: int) -> np.ndarray:
    """What each piece gets of a weight of 1; special pieces get the rest: (n_pieces,).

    The weight comes from the pieces whose vectors the score is made of, each by the size of its gradient: from the
    first piece of a window ([CLS]) if the head reads that, from those of a span for its score, from all for their mean.
    """
    zeros = np.zeros(len(copies.windows), dtype=np.int64)
    packed = list(copies.packed(zeros, copies.windows, max_batch_pieces))
    readings = _readings(copies, twin, packed)
    found = np.zeros(len(copies.batches.pieces.ids))
    for rows, reading in zip(packed, readings):
        layers = twin.attentions(inputs_of(rows.batch, copies.device))
        weights = reading[:, None]  # (k, 1, length)
        for layer in reversed(layers) if rollout else layers[-1:]:
            weights = (weights @ layer + weights) / 2 if rollout else weights @ layer
        slots = copies.slots(rows.batch)
        np.add.at(found, slots.pieces, weights.flatten().cpu().double().numpy()[slots.places])
    return found


def _readings(copies: Copies, twin: Twin, packed: list[Rows]) -> list[Tensor]:
    """How much of the score is made of each vector, 1 in all: (k, padded length) of each batch."""
    leaves = []
    for rows in packed:
        inputs = inputs_of(rows.batch, copies.device)
        with torch.no_grad():
            leaves.append(twin(inputs, twin.embed(inputs.ids)).requires_grad_())
    score = copies.scores(list(zip(packed, leaves)), 1).sum()
    sizes = [gradient.norm(dim=-1) for gradient in torch.autograd.grad(score, leaves)]
    total = torch.stack([size.sum() for size in sizes]).sum().clamp(min=torch.finfo(torch.float32).tiny)
    return [size / total for size in sizes]
