"""Exchanging layers of a module for others that compute the same, faster."""

from collections.abc import Iterator

from torch import nn


def places_of_layers(module: nn.Module) -> Iterator[tuple[nn.Module, str, nn.Module]]:
    """Every layer within the module: who holds it, by which name, and itself. Meanwhile they may be exchanged."""
    for parent in list(module.modules()):
        for name, child in list(parent.named_children()):
            yield parent, name, child
