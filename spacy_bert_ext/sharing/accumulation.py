"""How gradients of sub-batches add up to that of one batch (`accumulate_gradient`).

A loss is a mean over what is annotated, so a batch's gradient is the mean of its sub-batches' gradients, weighted by
how much is annotated in each. What comes is only known when it comes: with every sub-batch the mean so far is scaled
down.

A shared encoder adds the gradients of several heads, and can't tell them apart any more in its mean so far. It is
scaled by the mean of what the heads ask for, and what is new is such that each head weighs fully again. Where all heads
have like shares of what they learn from in each sub-batch, this is the gradient of one batch.
"""

from collections.abc import Hashable, Mapping


class Accumulation:
    """What has been added up since the last optimizer step: in an encoder by several heads, in a head by itself.

    rest: Factor with which the sum is the mean of all gradients: 1 unless they were added as they are.
    """

    def __init__(self) -> None:
        self.rest = 1.0
        self._weights: dict[Hashable, float] = {}  # of all that a head has learned from
        self._parts: dict[Hashable, float] = {}  # of a head's mean that is in the sum, from 0 to 1

    def add(self, weights: Mapping[Hashable, float]) -> tuple[float, dict[Hashable, float]]:
        """Take a sub-batch into account.

        weights (Mapping[Hashable, float]): How much each head that has a gradient has learned from: above 0.
        RETURNS (Tuple[float, Dict[Hashable, float]]): Factors of the sum so far, and of each head's new gradient.
        """
        before = self._weights
        self._weights = before | {head: before.get(head, 0.0) + weight for head, weight in weights.items()}
        of_sum = sum(weight / self._weights[head] for head, weight in before.items()) / len(before) if before else 1.0
        parts = {head: part * of_sum for head, part in self._parts.items()}
        factors = {head: 1 - parts.get(head, 0.0) for head in weights}
        self._parts = parts | dict.fromkeys(weights, 1.0)
        return of_sum, factors

    def add_as_it_is(self, weight: float) -> float:
        """Take a sub-batch of the only head into account, whose new gradient must not be scaled: the sum is, instead.

        weight (float): How much it has learned from: above 0.
        RETURNS (float): Factor of the sum so far.
        """
        of_sum, factors = self.add({None: weight})
        of_sum = self.rest * of_sum / factors[None]
        self.rest = factors[None]
        return of_sum
