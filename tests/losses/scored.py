"""Scores of tags, and gradients by finite differences."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from spacy_bert_ext.losses.loss import Loss
from spacy_bert_ext.tagging.tag_scores import TagScores

TAG_WEIGHTS = np.array([0.5, 2.0, 2.0, 2.0, 2.0])  # of O and of an entity's tags


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def tag_scores(tensors: tuple[Tensor, ...], lengths: list[int]) -> TagScores:
    return TagScores(tuple(tensors), np.ones(len(tensors[0]), dtype=bool), ints(*lengths))


def check_gradients(loss_of: Callable[[tuple[Tensor, ...]], Loss], tensors: tuple[Tensor, ...]) -> None:
    """Against central differences at every number of every tensor."""
    gradients = loss_of(tensors).gradients
    assert len(gradients) == len(tensors)
    step = 1e-5
    for place, tensor in enumerate(tensors):
        expected = torch.zeros_like(tensor)
        for i in range(tensor.numel()):
            losses = []
            for sign in (1, -1):
                moved = [other.clone() for other in tensors]
                moved[place].view(-1)[i] += sign * step
                losses.append(loss_of(tuple(moved)).value)
            expected.view(-1)[i] = (losses[0] - losses[1]) / (2 * step)
        torch.testing.assert_close(gradients[place], expected, atol=1e-7, rtol=1e-5)
