"""LoRA: linear layers keep their weights and learn a correction of low rank, by the library `peft`.

Hu et al. 2022, "LoRA: Low-Rank Adaptation of Large Language Models": in the place of W stands W + (alpha / rank) B A,
where B begins as zeros, so that nothing changes at first. Attention and feed-forward get such adapters alike: with
fewer, no rank makes up for them (Dettmers et al. 2023, "QLoRA"). What predicts or is saved has them merged into W, and
is an encoder like any other.
"""

import copy

import torch
from torch import nn

from ..errors import Errors
from ..kernels.replacing import places_of_layers
from .freezing import Freezing


def check_peft() -> None:
    """RAISES (ImportError): `peft` is not installed, or does not fit what is."""
    try:
        import peft  # noqa: F401
    except ImportError as error:
        raise ImportError(Errors.B081.format(reason=error)) from error


def linear_layers(module: nn.Module, freezing: Freezing) -> list[str]:
    """The names of the linear layers, between embeddings and pooler, that are not frozen for good."""
    depths, learning = freezing.depths, freezing.at_last
    return [
        name
        for name, part in module.named_modules()
        if isinstance(part, nn.Linear)
        and f"{name}.weight" in learning
        and 1 <= depths.of[f"{name}.weight"] <= depths.n_layers
    ]


def add_adapters(module: nn.Module, targets: list[str], rank: int, alpha: float) -> None:
    """Give these linear layers an adapter each. From then on the adapters learn, and nothing else.

    RAISES (ImportError): `peft` is not installed.
    """
    check_peft()
    from peft import LoraConfig, inject_adapter_in_model

    inject_adapter_in_model(LoraConfig(r=rank, lora_alpha=alpha, target_modules=targets), module)
    for part in module.modules():
        if _is_adapted(part):
            part.cast_input_dtype_enabled = False  # autocast does it, where it is needed


def has_adapters(module: nn.Module) -> bool:
    return any(_is_adapted(part) for part in module.modules())


def _is_adapted(part: nn.Module) -> bool:
    """Whether it is a layer of peft's, which holds a linear layer and its adapter."""
    return hasattr(part, "get_base_layer")


def merged_copy(module: nn.Module, precision: torch.dtype) -> nn.Module:
    """A copy with weights in this precision, adapters merged into them. What neither changes, both modules share."""
    merged = {}
    with torch.no_grad():
        for part in module.modules():
            if _is_adapted(part):
                base, (name,) = part.get_base_layer().weight, part.active_adapters
                merged[id(base)] = base + part.get_delta_weight(name)
    kept = {}
    for parameter in module.parameters():
        weight = merged.get(id(parameter), parameter)
        same = weight is parameter and weight.dtype == precision
        kept[id(parameter)] = parameter if same else nn.Parameter(weight.detach().to(precision), requires_grad=False)
    copied = copy.deepcopy(module, kept)
    for parent, name, child in places_of_layers(copied):
        if _is_adapted(child):
            setattr(parent, name, child.get_base_layer())
    return copied
