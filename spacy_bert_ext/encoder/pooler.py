"""The pooler that a checkpoint brings along: a dense layer and tanh on the first piece of a window."""

from typing import Any

import torch
from thinc.api import Model
from torch import nn

from ..errors import Errors
from .shim import encoder_shim_of


def pooler_of(encoder_model: Model[Any, Any]) -> nn.Linear:
    """The dense layer of the pooler of an encoder's checkpoint: (width, width).

    RAISES (ValueError): There is none, it is of another kind, or the encoder's windows are not pooled by their first
        piece.
    """
    if not encoder_model.shims:
        raise ValueError(Errors.B079.format(reason="the head listens to a `transformer`, whose pooler it can't see"))
    shim = encoder_shim_of(encoder_model)
    module = shim.loaded_module
    name, pooler = type(module).__name__, getattr(module, "pooler", None)
    if pooler is None:
        raise ValueError(Errors.B079.format(reason=f"the encoder's checkpoint ({name}) has none"))
    dense = [part for part in pooler.modules() if isinstance(part, nn.Linear)]
    if len(dense) != 1 or not _is_dense_and_tanh(module, pooler, dense[0]):
        raise ValueError(Errors.B079.format(reason=f"that of the encoder's checkpoint ({name}) is of another kind"))
    window_pooling = shim.settings.window_pooling
    if window_pooling != "first":
        reason = f'it reads the first piece of a window, but the encoder has `window_pooling = "{window_pooling}"`'
        raise ValueError(Errors.B079.format(reason=reason))
    return dense[0]


@torch.no_grad()
def _is_dense_and_tanh(module: nn.Module, pooler: nn.Module, dense: nn.Linear) -> bool:
    vectors = torch.linspace(-1, 1, dense.in_features, device=dense.weight.device)[None, None]
    # ALBERT's pooler is but a linear layer, and its activation stands beside it.
    activation = getattr(module, "pooler_activation", None)
    found = pooler(vectors) if activation is None else activation(pooler(vectors[:, 0]))
    expected = dense(vectors[:, 0]).tanh()
    return found.shape == expected.shape and torch.allclose(found, expected, atol=1e-6)
