"""A module without weights: of an encoder that a back end computes from files of its own."""

import torch
from torch import nn
from transformers import PretrainedConfig, PreTrainedModel

from ..errors import Errors
from .foreign import first_line
from .probe import FOREIGN_ERRORS


def weightless_module(
    kind: type[PreTrainedModel], config: PretrainedConfig, name: str, *, has_pooler: bool
) -> PreTrainedModel:
    """The module on torch's device "meta": it tells names and shapes, takes no memory, and computes nothing.

    RAISES (ValueError): None can be made from this config.
    """
    try:
        with torch.device("meta"):
            module = kind(config)
    except FOREIGN_ERRORS as error:
        reason = first_line(error)
        raise ValueError(Errors.B005.format(name=name, architecture=kind.__name__, reason=reason)) from error
    if not has_pooler and getattr(module, "pooler", None) is not None:
        module.register_module("pooler", None)
    module.requires_grad_(False)
    return module


def is_weightless(module: nn.Module) -> bool:
    return any(weight.is_meta for weight in module.parameters())
