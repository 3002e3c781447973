"""A torch module inside a thinc Model: parameters, optimizers, copies. Activations never pass through thinc."""

import contextlib
import hashlib
from collections.abc import Iterable, Iterator
from typing import Any, Literal

import torch
from thinc.api import Model, NumpyOps, Optimizer, get_current_ops
from thinc.shims import Shim
from thinc.util import torch2xp, xp2torch
from torch import nn

from ..errors import Errors
from .surroundings import in_own_surroundings

Role = Literal["encoder", "head"]


class TorchOptimizer(Optimizer):
    """An optimizer that steps torch weights itself, all at once."""

    def step(self, shims: Iterable["TorchShim"]) -> None:
        raise NotImplementedError


class TorchShim(Shim):
    """Holds a torch module, or None until it is initialized or loaded.

    role (str): "encoder" or "head": which learning rate applies.
    owner: For error messages: the name of its component, once that has met an optimizer.
    n_steps: How often an optimizer has come by, whether or not there were gradients. An encoder meets it once per step.
    made_from: Checksum of the weights that those of a back end were made of, which has taken their place; else None.
    identity: Of an encoder, a name that nothing else has; copies, and what is trained further, keep it. None before
        there are weights, and of a head, which remembers its encoder's (see `TrainedWith`).
    """

    def __init__(self, role: Role) -> None:
        super().__init__(None)
        self.role: Role = role
        self.owner: str = role
        self.version = 0  # grows whenever the weights change
        self.n_steps = 0
        self.learn_rate: float | None = None  # of the last step
        self.identity: str | None = None
        self.made_from: str | None = None
        self._checksum: tuple[tuple[int, tuple[int, ...]], str] | None = (
            None  # of the weights, and what they were like then
        )

    @property
    def module(self) -> nn.Module | None:
        module: nn.Module | None = self._model
        return module

    @module.setter
    def module(self, module: nn.Module | None) -> None:
        self._model = module
        self.version += 1

    @property
    def loaded_module(self) -> nn.Module:
        """The module. RAISES (ValueError): There is none before initialization or loading."""
        module = self.module
        if module is None:
            raise ValueError((Errors.B021 if self.role == "encoder" else Errors.B022).format(name=self.owner))
        return module

    def module_on(self, device: torch.device) -> nn.Module:
        """The module, moved to the device of what it is given."""
        module = self.loaded_module
        if next(module.parameters()).device != device:
            module.to(device)
        return module

    def plain_module(self) -> nn.Module:
        """The module as it is saved."""
        return self.loaded_module

    def weights_checksum(self) -> str | None:
        """SHA-256 of all weights by name; None if there are none. Computed anew after a change only.

        Of an int8 encoder that of the weights that it was made from: to its heads it is the same.
        """
        if self.made_from is not None:
            return self.made_from
        if self._model is None:
            return None
        # What is done in place by hand is counted by torch.
        counts = tuple(0 if weight.is_inference() else weight._version for weight in self._model.parameters())
        if self._checksum is None or self._checksum[0] != (self.version, counts):
            self._checksum = ((self.version, counts), checksum_of_module(self.plain_module()))
        return self._checksum[1]

    def trainable_parameters(self) -> list[tuple[str, nn.Parameter]]:
        if self._model is None:
            return []
        return [(name, parameter) for name, parameter in self._model.named_parameters() if parameter.requires_grad]

    def prepare_training(self) -> None:
        """Before a step: make what only training needs, and have those weights learn that are to."""

    def layers_above(self, name: str) -> int:
        """How many layers of an encoder stand above that of a weight: its learning rate goes by it."""
        return 0

    def clear_gradients(self) -> None:
        """After a step."""
        for _, parameter in self.trainable_parameters():
            parameter.grad = None

    @in_own_surroundings
    def finish_update(self, optimizer: Optimizer) -> None:
        """Apply an optimizer to every parameter that has a gradient: one of thinc's where spaCy's arrays live.

        Of encoders and heads that share a step, see `apply_gradients`.
        """
        if isinstance(optimizer, TorchOptimizer):
            optimizer.step([self])
            return
        self.n_steps += 1
        changed = False
        for name, parameter in self.trainable_parameters():
            if parameter.grad is None:
                continue
            weights, _ = optimizer((self.id, name), _as_array(parameter.data), _as_array(parameter.grad))
            parameter.data = xp2torch(weights, device=parameter.device).to(parameter.dtype)
            parameter.grad = None
            changed = True
        if changed:
            self.version += 1
        self.learn_rate = optimizer.learn_rate

    @contextlib.contextmanager
    def use_params(self, params: dict[tuple[int, str], Any] | None) -> Iterator[None]:
        """Compute with other weights for a while, such as an optimizer's averages.

        params: By shim and name. Those that are missing stay; all of them with None, which an optimizer without
            averages has.
        """
        replaced = []
        for name, parameter in self.trainable_parameters():
            if params is not None and (self.id, name) in params:
                replaced.append((parameter, parameter.data))
                parameter.data = xp2torch(params[self.id, name], device=parameter.device).to(parameter.dtype)
        self.version += 1
        try:
            yield
        finally:
            for parameter, data in replaced:
                parameter.data = data
            self.version += 1

    def to_device(self, device_type: str, device_id: int) -> None:
        """Nothing: the encoder's `device` setting decides, not thinc's."""

    def __getstate__(self) -> dict[str, Any]:
        return dict(self.__dict__)

    def renew_id(self) -> None:
        """Be another shim to optimizers, which tell shims apart by their id, and remember arrays of their weights."""
        with Shim.global_id_lock:
            Shim.global_id += 1
            self.id = Shim.global_id

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.renew_id()


def torch_shim_of(model: Model[Any, Any]) -> TorchShim:
    """What holds a model's torch module. RAISES (ValueError): It has none."""
    shim = model.shims[0] if model.shims else None
    if not isinstance(shim, TorchShim):
        raise ValueError(Errors.B330.format(name=model.name))
    return shim


def checksum_of_module(module: nn.Module) -> str:
    """SHA-256 of a module's weights with their names, types and shapes."""
    digest = hashlib.sha256()
    for name, weight in sorted(module.state_dict().items()):
        weight = weight.detach().cpu().contiguous()
        digest.update(f"{name} {weight.dtype} {tuple(weight.shape)}\n".encode())
        digest.update(weight.reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()


def _as_array(tensor: torch.Tensor) -> Any:
    """The tensor as an array that thinc's optimizers take: NumPy's on the CPU, CuPy's where thinc uses it."""
    if isinstance(get_current_ops(), NumpyOps):
        tensor = tensor.cpu()
    return torch2xp(tensor)
