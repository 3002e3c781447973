"""AdamW for the whole pipeline: torch weights in one fused step, thinc weights of other components beside them."""

import math
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator

import torch
from torch import Tensor, nn

from ..errors import Errors, Warnings
from ..runtime.finite import NotFiniteError
from ..runtime.torch_shim import Role, TorchOptimizer, TorchShim
from ..settings import check_number


class AdamW(TorchOptimizer):
    """AdamW (Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization").

    Biases and the weights of normalization layers (all weights of one dimension) don't decay. With `layer_decay` an
    encoder's layers learn the more slowly the lower they are (Howard and Ruder 2018, "Universal Language Model
    Fine-tuning for Text Classification"; Clark et al. 2020, "ELECTRA"). One clip goes over all gradients of an encoder
    and its heads. Weights of components that use thinc get the heads' rate and thinc's own clip, weight by weight.
    """

    def __init__(
        self,
        encoder_learn_rate: float,
        head_learn_rate: float,
        *,
        layer_decay: float,
        weight_decay: float,
        beta1: float,
        beta2: float,
        eps: float,
        grad_clip: float,
        schedule: Iterable[float] | None,
    ) -> None:
        self.rates: dict[Role, float] = {"encoder": encoder_learn_rate, "head": head_learn_rate}
        self.layer_decay = layer_decay
        self.weight_decay = weight_decay
        self._schedule: Iterator[float] | None = None if schedule is None else iter(schedule)
        self.factor = 1.0 if self._schedule is None else next(self._schedule)
        super().__init__(
            head_learn_rate * self.factor,
            L2=weight_decay,
            beta1=beta1,
            beta2=beta2,
            eps=eps,
            grad_clip=grad_clip,
            use_averages=False,
            L2_is_weight_decay=True,
        )
        self.moments: defaultdict[Tensor, dict[str, Tensor]] = defaultdict(dict)  # torch's state of each weight
        self._torch: torch.optim.AdamW | None = None
        self._known: dict[nn.Parameter, None] = {}
        self._moved: set[TorchShim] = set()  # since the last step of the schedules

    def step_schedules(self) -> None:
        super().step_schedules()
        self._moved.clear()
        if self._schedule is not None:
            self.factor = next(self._schedule, self.factor)
            self.learn_rate = self.rates["head"] * self.factor

    def step(self, shims: Iterable[TorchShim]) -> None:
        """Update all weights that have gradients, and drop the gradients."""
        changed = []
        for shim in shims:
            shim.n_steps += 1
            learning = [(name, weight) for name, weight in shim.trainable_parameters() if weight.grad is not None]
            if learning:
                changed.append(shim)
                self._add(shim, learning)
        if self._torch is None or not changed:
            return
        for group in self._torch.param_groups:
            group["lr"] = self.rates[group["role"]] * group["layer_factor"] * self.factor
        weights = [weight for shim in changed for _, weight in shim.trainable_parameters()]
        if self.grad_clip:
            norm = torch.nn.utils.clip_grad_norm_(weights, self.grad_clip)
            # On other devices this would wait for the gradients. There the next loss tells of it, or what saves.
            if norm.device.type == "cpu" and not norm.isfinite():
                self._refuse(changed)
        self._torch.step()
        if self.factor == 0 and not self._moved.isdisjoint(changed):
            warnings.warn(Warnings.B108)
        self._moved.update(changed)
        for shim in changed:
            shim.clear_gradients()
            shim.version += 1
            shim.learn_rate = self.rates[shim.role] * self.factor

    def _refuse(self, shims: Iterable[TorchShim]) -> None:
        """Drop gradients that are no numbers, before they get into weights."""
        shims = list(shims)
        damaged = [
            f"{name} of '{shim.owner}'"
            for shim in shims
            for name, weight in shim.trainable_parameters()
            if weight.grad is not None and not weight.grad.isfinite().all()
        ]
        for shim in shims:
            shim.clear_gradients()
        step = max(shim.n_steps for shim in shims) - 1
        raise NotFiniteError(Errors.B153.format(step=step, weights=", ".join(damaged[:3]), n=len(damaged)))

    def _add(self, shim: TorchShim, weights: Iterable[tuple[str, nn.Parameter]]) -> None:
        """Take in those that are new, in groups of like rate and decay: a fused step has one kernel for each."""
        groups: dict[tuple[float, float], list[nn.Parameter]] = {}
        for name, weight in weights:
            if weight not in self._known:
                decay = self.weight_decay if weight.ndim > 1 else 0.0
                groups.setdefault((self.layer_decay ** shim.layers_above(name), decay), []).append(weight)
                self._known[weight] = None
        for (layer_factor, decay), group in groups.items():
            options = {"params": group, "role": shim.role, "layer_factor": layer_factor, "weight_decay": decay}
            if self._torch is None:
                self._torch = torch.optim.AdamW([options], lr=0.0, betas=(self.b1, self.b2), eps=self.eps, fused=True)
                self._torch.state = self.moments
            else:
                self._torch.add_param_group(options)


def _at_least_0(number: float) -> bool:
    return 0 <= number < math.inf


def create_adamw_v1(
    encoder_learn_rate: float = 5e-5,
    head_learn_rate: float = 1e-3,
    layer_decay: float = 1.0,
    weight_decay: float = 0.01,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    grad_clip: float = 1.0,
    schedule: Iterable[float] | None = None,
) -> AdamW:
    """AdamW with one rate for pretrained encoders and one for heads.

    encoder_learn_rate (float): Of encoders; 2e-5 to 5e-5 suits checkpoints of BERT-base's size, 1e-4 to 3e-4 smaller.
    head_learn_rate (float): Of heads, and of components that use thinc.
    layer_decay (float): Above 0, up to 1. Each layer of an encoder has the rate of the one above times this, its
        embeddings that of the lowest layer times this once more. 0.65 to 0.95 is usual.
    weight_decay (float): Per step, times the learning rate; not on biases and normalization weights.
    beta1, beta2 (float): In [0, 1): decay of the running means of gradients and of their squares.
    eps (float): Above 0, added to the root of the mean square.
    grad_clip (float): Longest gradient, over all weights of an encoder and its heads; 0 for no limit.
    schedule (Iterable[float]): Factor of both rates, one value per step: `spacy-bert-ext.warmup.v1`, or one of thinc's
        schedules with `initial_rate = 1.0`. null for constant rates.
    RAISES (ValueError): A number out of its range.
    """
    for setting, found in (
        ("encoder_learn_rate", encoder_learn_rate),
        ("head_learn_rate", head_learn_rate),
        ("weight_decay", weight_decay),
        ("grad_clip", grad_clip),
    ):
        check_number(setting, found, _at_least_0, "a number of 0 or more; rates that change have a `schedule`")
    for setting, found in (("beta1", beta1), ("beta2", beta2)):
        check_number(setting, found, lambda x: 0 <= x < 1, "from 0 up to below 1")
    check_number("eps", eps, lambda x: 0 < x < math.inf, "above 0")  # gradients of 0 would be divided by 0
    check_number("layer_decay", layer_decay, lambda x: 0 < x <= 1, "above 0, up to 1")
    return AdamW(
        encoder_learn_rate,
        head_learn_rate,
        layer_decay=layer_decay,
        weight_decay=weight_decay,
        beta1=beta1,
        beta2=beta2,
        eps=eps,
        grad_clip=grad_clip,
        schedule=schedule,
    )
