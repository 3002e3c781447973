"""What components add up in their torch weights between two optimizer steps, and the step over several of them."""

from collections.abc import Hashable, Iterable, Mapping
from typing import Any, Protocol

from thinc.api import Model, Optimizer

from ..runtime.torch_shim import TorchOptimizer, TorchShim
from .accumulation import Accumulation


class Gradients:
    """Of all torch weights of a model, those of an encoder of its own included."""

    def __init__(self, model: Model[Any, Any]) -> None:
        self._model = model
        self._accumulation = Accumulation()

    @property
    def shims(self) -> list[TorchShim]:
        return [shim for node in self._model.walk() for shim in node.shims if isinstance(shim, TorchShim)]

    def expect(self, weights: Mapping[Hashable, float]) -> dict[Hashable, float]:
        """Scale what there is so that new gradients can be added, see `Accumulation.add`.

        RETURNS (Dict[Hashable, float]): Factor of each head's gradient to come.
        """
        of_sum, factors = self._accumulation.add(weights)
        self._scale(of_sum)
        return factors

    def expect_as_it_is(self, weight: float) -> None:
        """Scale what there is so that a gradient of this weight can be added as it is.

        That gradient itself must not be scaled: it goes on to a shared encoder, which does so by itself.
        """
        self._scale(self._accumulation.add_as_it_is(weight))

    def finish(self) -> None:
        """Make what has been added up that of one batch, and begin anew."""
        self._scale(self._accumulation.rest)
        self._accumulation = Accumulation()

    def discard(self) -> None:
        """Forget what has been added up."""
        for shim in self.shims:
            for _, parameter in shim.trainable_parameters():
                parameter.grad = None
        self._accumulation = Accumulation()

    def _scale(self, factor: float) -> None:
        if factor == 1:
            return
        for shim in self.shims:
            for _, parameter in shim.trainable_parameters():
                if parameter.grad is not None:
                    parameter.grad *= factor


class Learner(Protocol):
    """A component with torch weights."""

    name: str
    gradients: Gradients


def apply_gradients(learners: Iterable[Learner], sgd: Optimizer) -> None:
    """One optimizer step over all weights of these components that have gradients.

    With `accumulate_gradient`, gradients of several sub-batches have been added up: the step is that of one batch.
    """
    shims: list[TorchShim] = []
    for learner in learners:
        learner.gradients.finish()
        for shim in learner.gradients.shims:
            shim.owner = learner.name
            shims.append(shim)
    if isinstance(sgd, TorchOptimizer):
        sgd.step(shims)
    else:
        for shim in shims:
            shim.finish_update(sgd)
