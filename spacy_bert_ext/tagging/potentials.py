"""Scores of tags and of tag pairs → potentials of a CRF, with forbidden pairs ruled out."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ..arrays.transfer import to_device
from ..types import Bools1d
from .crf import Potentials
from .tags import Transitions


def crf_potentials(tensors: tuple[Tensor, ...], allowed: Transitions) -> Potentials:
    """Potentials with forbidden tag pairs ruled out, in double precision where the device has it."""
    return ruled([tensor.to(widest(tensors[0])) for tensor in tensors], allowed)


def ruled(tensors: Sequence[Tensor], allowed: Transitions) -> Potentials:
    emissions, *others = tensors
    return Potentials(emissions, *(_forbid(tensor, array) for tensor, array in zip(others, allowed[:3])))


def widest(tensor: Tensor) -> torch.dtype:
    return torch.float32 if tensor.device.type == "mps" else torch.float64


def _forbid(scores: Tensor, allowed: Bools1d) -> Tensor:
    return scores.masked_fill(~to_device(allowed, scores.device), -torch.inf)
