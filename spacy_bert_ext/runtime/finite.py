"""Weights that are numbers: neither nan nor infinite."""

from torch import nn


class NotFiniteError(ValueError):
    """A loss, a gradient, weights or scores hold nan or infinite numbers. What is there now is not worth saving."""


def not_finite(module: nn.Module) -> list[str]:
    """Names of the weights that hold something else."""
    found = []
    for name, weight in module.state_dict().items():
        # A sum tells much faster than all numbers one by one; only finite numbers whose sum is none need these.
        if weight.is_floating_point() and not weight.sum().isfinite() and not weight.isfinite().all():
            found.append(name)
    return found
