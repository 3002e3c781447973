"""What a loss says: its value, its gradients, and what it is a mean over."""

from typing import NamedTuple

from torch import Tensor


class Loss(NamedTuple):
    """A loss and its gradients with respect to the scores' tensors; None if nothing is annotated.

    weight: What the mean was divided by: the number of annotated things, or the sum of their weights. Means of
        sub-batches that are weighted by it give the mean of all.
    """

    value: float
    gradients: tuple[Tensor, ...] | None
    weight: float

    def times(self, factor: float) -> "Loss":
        if factor == 1 or self.gradients is None:
            return self
        return Loss(self.value * factor, tuple(gradient * factor for gradient in self.gradients), self.weight)

    def plus(self, other: "Loss") -> "Loss":
        """The sum of two losses that are means over the same; either may have nothing annotated."""
        if self.gradients is None or other.gradients is None:
            return other if self.gradients is None else self
        gradients = tuple(one + another for one, another in zip(self.gradients, other.gradients))
        return Loss(self.value + other.value, gradients, self.weight)


NOTHING_ANNOTATED = Loss(0.0, None, 0.0)
