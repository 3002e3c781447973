"""What an optimizer remembers, by the names of the pipeline's parameters."""

from typing import Any

from spacy.language import Language
from thinc.api import Optimizer, get_current_ops
from thinc.util import torch2xp, xp2torch
from torch import Tensor

from ..optimizer import AdamW
from .weights import parameter_names, parameters

_ARRAYS = ("mom1", "mom2", "averages")
_COUNTS = ("nr_update", "last_seen")


def optimizer_state(optimizer: Optimizer, nlp: Language) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """RETURNS (Tuple[Dict[str, Tensor], Dict[str, Any]]): Tensors on the CPU, and numbers that JSON can hold.

    The places of schedules are not among them: they follow from the number of steps.
    """
    names = parameter_names(nlp)
    tensors = {
        f"{kind}/{names[key]}": xp2torch(array).cpu()
        for kind in _ARRAYS
        for key, array in (getattr(optimizer, kind) or {}).items()
        if key in names
    }
    if isinstance(optimizer, AdamW):
        for name, parameter in parameters(nlp).items():
            moments = optimizer.moments.get(parameter, {})
            tensors.update((f"{kind}/{name}", tensor.cpu()) for kind, tensor in moments.items())
    numbers = {
        kind: {names[key]: count for key, count in getattr(optimizer, kind).items() if key in names} for kind in _COUNTS
    }
    return tensors, {**numbers, "radam_buffer": optimizer._radam_buffer}


def restore_optimizer(
    optimizer: Optimizer, nlp: Language, tensors: dict[str, Tensor], numbers: dict[str, Any], *, n_steps: int
) -> None:
    """Have a new optimizer go on after `n_steps` steps."""
    for _ in range(n_steps):
        optimizer.step_schedules()
    ops = get_current_ops()
    keys = {name: key for key, name in parameter_names(nlp).items()}
    torch_parameters = parameters(nlp)
    for entry, tensor in tensors.items():
        kind, name = entry.split("/", 1)
        if kind in _ARRAYS:
            getattr(optimizer, kind)[keys[name]] = torch2xp(tensor, ops=ops)
        elif isinstance(optimizer, AdamW):
            parameter = torch_parameters[name]
            optimizer.moments[parameter][kind] = tensor.to(parameter.device)
    for kind in _COUNTS:
        getattr(optimizer, kind).update((keys[name], count) for name, count in numbers[kind].items())
    optimizer._radam_buffer[:] = numbers["radam_buffer"]
