"""Where an encoder computes, by its settings and its back end."""

import torch

from ...errors import Errors
from ..device import choose_device
from ..settings import EncoderSettings
from .backend import Backend, Int8Backend


def device_for(settings: EncoderSettings, backend: Backend, *, has_weights: bool) -> torch.device:
    """Back ends with int8 compute on the CPU. With "auto" torch predicts on a GPU, if it has weights.

    RAISES (ValueError): An unknown device, or one on which the back end does not compute.
    """
    device = choose_device(settings.device)
    if device.type != "cpu" and isinstance(backend, Int8Backend):
        if settings.device != "auto":
            raise ValueError(Errors.B365.format(backend=settings.backend, device=device))
        return device if has_weights else torch.device("cpu")
    return device
