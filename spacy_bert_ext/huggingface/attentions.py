"""Weights of attention, which fused kernels don't give."""

from typing import Any

from torch import Tensor, nn


def use_eager_attention(module: nn.Module) -> None:
    """Have a module compute attention step by step. To be called with a copy: it stays so.

    Versions of transformers that choose a class for each kernel fall back by themselves where weights are asked for.
    """
    config: Any = module.config
    config._attn_implementation = "eager"


def attentions_of(output: Any, shape: tuple[int, ...]) -> list[Tensor] | None:
    """Of each layer, averaged over its heads: (k, n_pieces, n_pieces). None if the output has no such weights.

    shape: Of the batch: (k, n_pieces).
    """
    found = getattr(output, "attentions", None) or ()
    expected = (*shape, shape[1])
    means = [layer.float().mean(1) for layer in found if isinstance(layer, Tensor) and layer.ndim == 4]
    fits = len(found) == len(means) > 0 and all(tuple(layer.shape) == expected for layer in means)
    return means if fits else None
