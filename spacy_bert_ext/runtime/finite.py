"""Weights and losses that are numbers: neither nan nor infinite."""

import math
from collections.abc import Sequence

from spacy.training import Example
from torch import nn

from ..errors import Errors


class NotFiniteError(ValueError):
    """A loss, a gradient, weights or scores hold nan or infinite numbers. What is there now is not worth saving."""


def not_finite(module: nn.Module) -> list[str]:
    """Names of the weights that hold something else. Those that are elsewhere ("meta") hold nothing."""
    found = []
    for name, weight in module.state_dict().items():
        # A sum tells much faster than all numbers one by one; only finite numbers whose sum is none need these.
        if (
            weight.is_floating_point()
            and not weight.is_meta
            and not weight.sum().isfinite()
            and not weight.isfinite().all()
        ):
            found.append(name)
    return found


def check_loss(name: str, loss: float, step: int, examples: Sequence[Example]) -> None:
    """RAISES (ValueError): The loss of this component in this step is no number."""
    if not math.isfinite(loss):
        text = examples[0].reference.text[:50] if examples else ""
        raise NotFiniteError(Errors.B150.format(name=name, loss=loss, step=step, n_docs=len(examples), text=text))
