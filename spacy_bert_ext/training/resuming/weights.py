"""All weights of a pipeline as they are being trained, by names that are the same in every process."""

from collections.abc import Iterator
from typing import Any, TypeAlias

import torch
from spacy.language import Language
from thinc.api import Model, PyTorchShim, get_current_ops
from thinc.shims import Shim
from thinc.util import torch2xp, xp2torch
from torch import Tensor, nn

from ...errors import Errors
from ...runtime.torch_shim import TorchShim

Key: TypeAlias = tuple[int, str]  # what thinc's optimizers know a parameter by: id of its node or shim, and its name

# What a shim counts in training, beside its weights.
_COUNTERS = ("n_steps",)


def parameter_names(nlp: Language) -> dict[Key, str]:
    """Names of all parameters: `component/node/parameter`, or `component/node/shim/parameter` in a torch module.

    RAISES (ValueError): A component whose weights are neither thinc's nor torch's.
    """
    names = {(node.id, name): f"{owner}/{name}" for owner, node in _nodes(nlp) for name in node.param_names}
    for owner, shim in _shims(nlp):
        names.update(((shim.id, name), f"{owner}/{name}") for name, _ in _module(shim).named_parameters())
    return names


def parameters(nlp: Language) -> dict[str, nn.Parameter]:
    """Those of torch, by the names above."""
    return {
        f"{owner}/{name}": parameter
        for owner, shim in _shims(nlp)
        for name, parameter in _module(shim).named_parameters()
    }


def weights(nlp: Language) -> dict[str, Tensor]:
    """On the CPU, buffers of torch modules included. Those of torch modules there share their memory."""
    found = {
        f"{owner}/{name}": xp2torch(node.get_param(name)).cpu()
        for owner, node in _nodes(nlp)
        for name in node.param_names
        if node.has_param(name)
    }
    for owner, shim in _shims(nlp):
        found.update((f"{owner}/{name}", weight.detach().cpu()) for name, weight in _module(shim).state_dict().items())
    return found


def prepare_weights(nlp: Language, counters: dict[str, dict[str, int]]) -> None:
    """Have the pipeline all the weights that it had after so many steps: LoRA's come with the first.

    counters (Dict[str, Dict[str, int]]): Of shims, as in `conditions`.
    """
    for owner, shim in _shims(nlp):
        if isinstance(shim, TorchShim) and counters.get(owner, {}).get("n_steps"):
            n_steps = counters[owner]["n_steps"]
            shim.n_steps = n_steps - 1  # as before the last of them: with the next one other weights may come
            shim.prepare_training()
            shim.n_steps = n_steps


def set_weights(nlp: Language, found: dict[str, Tensor]) -> None:
    """found (Dict[str, Tensor]): Has the names and shapes of `weights(nlp)`."""
    ops = get_current_ops()
    for owner, node in _nodes(nlp):
        for name in node.param_names:
            if node.has_param(name):
                array: Any = torch2xp(found[f"{owner}/{name}"], ops=ops)
                node.set_param(name, array)
    for owner, shim in _shims(nlp):
        module = _module(shim)
        module.load_state_dict({name: found[f"{owner}/{name}"] for name in module.state_dict()})
        if isinstance(shim, TorchShim):
            shim.version += 1


def conditions(nlp: Language) -> dict[str, Any]:
    """What decides, beside the weights, how the next step changes them.

    frozen: Parameters of torch that don't learn.
    with_gradient: Parameters whose gradients stay between steps, as zeros: these are stepped without a new one, too.
    counters: Of shims.
    """
    with_gradient = [
        f"{owner}/{name}" for owner, node in _nodes(nlp) for name in node.param_names if node.has_grad(name)
    ]
    with_gradient += [name for name, parameter in parameters(nlp).items() if parameter.grad is not None]
    return {
        "frozen": [name for name, parameter in parameters(nlp).items() if not parameter.requires_grad],
        "with_gradient": with_gradient,
        "counters": {
            owner: {name: getattr(shim, name) for name in _COUNTERS if hasattr(shim, name)}
            for owner, shim in _shims(nlp)
        },
    }


def set_conditions(nlp: Language, found: dict[str, Any]) -> None:
    frozen, with_gradient = set(found["frozen"]), set(found["with_gradient"])
    for owner, node in _nodes(nlp):
        for name in node.param_names:
            if f"{owner}/{name}" in with_gradient:
                node.set_grad(name, node.get_param(name) * 0)
    for name, parameter in parameters(nlp).items():
        parameter.requires_grad_(name not in frozen)
        if name in with_gradient:
            parameter.grad = torch.zeros_like(parameter)
    for owner, shim in _shims(nlp):
        for name, value in found["counters"].get(owner, {}).items():
            setattr(shim, name, value)


def _all_nodes(nlp: Language) -> Iterator[tuple[str, Model[Any, Any]]]:
    for component, pipe in nlp.components:
        model = getattr(pipe, "model", None)
        if isinstance(model, Model):
            for i, node in enumerate(model.walk()):
                yield f"{component}/{i}", node


def _nodes(nlp: Language) -> Iterator[tuple[str, Model[Any, Any]]]:
    return ((owner, node) for owner, node in _all_nodes(nlp) if node.param_names)


def _shims(nlp: Language) -> Iterator[tuple[str, Shim]]:
    """Shims that have a module."""
    for owner, node in _all_nodes(nlp):
        for i, shim in enumerate(node.shims):
            if not isinstance(shim, (TorchShim, PyTorchShim)):
                component, _ = owner.rsplit("/", 1)
                raise ValueError(Errors.B094.format(name=component, kind=type(shim).__name__))
            if shim._model is not None:
                yield f"{owner}/{i}", shim


def _module(shim: Shim) -> nn.Module:
    module: nn.Module = shim._model
    return module
