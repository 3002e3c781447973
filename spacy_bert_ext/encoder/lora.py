"""LoRA: linear layers keep their weights and learn a correction of low rank, by the library `peft`.

Hu et al. 2022, "LoRA: Low-Rank Adaptation of Large Language Models": in the place of W stands W + (alpha / rank) B A,
where B begins as zeros, so that nothing changes at first. Attention and feed-forward get such adapters alike: with
fewer, no rank makes up for them (Dettmers et al. 2023, "QLoRA"). What predicts or is saved has them merged into W, and
is an encoder like any other.
"""

from typing import Any

from torch import nn

from ..errors import Errors
from ..kernels.adapters import is_adapted
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


def add_adapters(module: nn.Module, targets: list[str], rank: int, alpha: Any) -> None:
    """Give these linear layers an adapter each. From then on the adapters learn, and nothing else.

    alpha (float): What peft annotates as a whole number need not be one.
    RAISES (ImportError): `peft` is not installed.
    """
    check_peft()
    from peft import LoraConfig, inject_adapter_in_model

    inject_adapter_in_model(LoraConfig(r=rank, lora_alpha=alpha, target_modules=targets), module)
    for part in module.modules():
        if is_adapted(part):
            part.cast_input_dtype_enabled = False  # autocast does it, where it is needed
