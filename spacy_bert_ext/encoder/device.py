"""Which device computes, and in which precision."""

from functools import cache

import torch

from ..errors import Errors

PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


def available_devices() -> list[str]:
    devices = ["cpu"] + [f"cuda:{i}" for i in range(torch.cuda.device_count())]
    return devices + (["mps"] if torch.backends.mps.is_available() else [])


def choose_device(name: str) -> torch.device:
    """The torch device for a `device` setting: `auto`, `cpu`, `cuda`, `cuda:0`, `mps`.

    `auto` takes the current CUDA device, else Apple's, else the CPU; spaCy's `--gpu-id` makes no difference.
    """
    available = available_devices()
    if not isinstance(name, str):
        raise ValueError(
            Errors.B011.format(device=name, reason="its name is no string", available=", ".join(available))
        )
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda", torch.cuda.current_device())
        return torch.device(available[-1])
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ValueError(
            Errors.B011.format(device=name, reason="no such kind of device", available=", ".join(available))
        ) from error
    index: int | None = device.index  # None if the name has none
    if device.type == "cuda" and index is None:
        device = torch.device("cuda", 0)
    if str(device) not in available:
        raise ValueError(Errors.B011.format(device=name, reason="not found", available=", ".join(available)))
    return device


def check_precision(name: str) -> None:
    """RAISES (ValueError): No `precision` setting."""
    if name not in ("auto", *PRECISIONS):
        allowed = ", ".join(("auto", *PRECISIONS))
        raise ValueError(Errors.B010.format(found=name, setting="precision", allowed=allowed))


def choose_precision(name: str, device: torch.device) -> torch.dtype:
    """The type in which prediction computes, for a `precision` setting: `auto`, `fp32`, `bf16`, `fp16`."""
    if name == "auto":
        if computes_bf16_natively(device):
            return torch.bfloat16
        has_fast_fp16 = device.type == "cuda" and torch.cuda.get_device_capability(device)[0] == 7
        return torch.float16 if has_fast_fp16 else torch.float32
    return PRECISIONS[name]


def choose_training_precision(name: str, device: torch.device) -> torch.dtype:
    """The type in which the encoder computes while training. The weights themselves stay in fp32.

    fp16 would need its gradients scaled against underflow; where bf16 is not native, training computes in fp32.
    """
    chosen = choose_precision(name, device)
    return torch.float32 if chosen == torch.float16 else chosen


@cache
def computes_bf16_natively(device: torch.device) -> bool:
    """CUDA from Ampere on, CPUs with AVX512-BF16 or AMX, Arm CPUs with BF16."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device)[0] >= 8
    if device.type == "cpu":
        # torch asks the processor for these, but offers the answers under private names only.
        checks = ("_is_avx512_bf16_supported", "_is_amx_tile_supported", "_is_arm_bf16_supported")
        return any(getattr(torch.cpu, check, lambda: False)() for check in checks)
    return False


@cache
def computes_int8_fast() -> bool:
    """CPUs with VNNI or AMX. Others compute int8 as well, and gain less by it."""
    # torch offers the answers under private names only.
    return any(getattr(torch.cpu, check, lambda: False)() for check in ("_is_vnni_supported", "_is_amx_tile_supported"))
