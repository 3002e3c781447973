"""Linear layers with an adapter each, which the library `peft` adds, and the plain layers that give the same."""

import copy
from typing import Any, Protocol, TypeGuard, TypeVar

import torch
from torch import Tensor, nn

from .replacing import places_of_layers

ModuleT = TypeVar("ModuleT", bound=nn.Module)


class AdaptedLinear(Protocol):
    """A layer of peft's, which holds a linear layer and its adapter."""

    active_adapters: list[str]
    cast_input_dtype_enabled: bool

    def get_base_layer(self) -> nn.Linear: ...

    def get_delta_weight(self, adapter: str) -> Tensor: ...


def has_adapters(module: nn.Module) -> bool:
    return any(is_adapted(part) for part in module.modules())


def is_adapted(part: nn.Module) -> TypeGuard[AdaptedLinear]:
    return hasattr(part, "get_base_layer")


def detached_copy(module: ModuleT) -> ModuleT:
    """A merged copy in fp32 whose weights take no gradients. Those that are shared may change at any time: torch's
    gradients don't notice.
    """
    return merged_copy(module, torch.float32, detached=True)


def merged_copy(module: ModuleT, precision: torch.dtype, *, detached: bool = False) -> ModuleT:
    """A copy with weights in this precision, adapters merged into them. What neither changes, both modules share.

    detached (bool): Share the numbers of a weight, not the weight itself.
    """
    merged = {}
    with torch.no_grad():
        for part in module.modules():
            if is_adapted(part):
                base, (name,) = part.get_base_layer().weight, part.active_adapters
                merged[id(base)] = base + part.get_delta_weight(name)
    kept: dict[int, Any] = {}
    for parameter in module.parameters():
        weight = merged.get(id(parameter), parameter)
        same = weight is parameter and weight.dtype == precision
        data = parameter.data if same else weight.detach().to(precision)
        kept[id(parameter)] = parameter if same and not detached else nn.Parameter(data, requires_grad=False)
    copied = copy.deepcopy(module, kept)
    for parent, name, child in places_of_layers(copied):
        if is_adapted(child):
            setattr(parent, name, child.get_base_layer())
    return copied
