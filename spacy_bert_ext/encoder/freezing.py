"""Which weights of an encoder learn: all but the pooler's, and those that are frozen for now or for good."""

from torch import nn

from ..errors import Errors
from .depth import depths_of_weights


class Freezing:
    """What the settings `freeze` and `unfreeze_step` mean for a module. Made while all of it learns that could.

    at_first, at_last: Names of the weights that learn before and after the step that unfreezes.
    RAISES (ValueError): An unknown `freeze`, or more layers than there are.
    """

    def __init__(self, module: nn.Module, freeze: str | int, unfreeze_step: int | None) -> None:
        self.depths = depths_of_weights(module)
        deepest = _deepest_frozen(freeze, self.depths.n_layers)
        could_learn = {name for name, weight in module.named_parameters() if weight.requires_grad}
        # No head reads the pooler: with all that is below it frozen, nothing is left to learn.
        could_learn = {name for name in could_learn if not name.startswith("pooler.")}
        self.at_first = {name for name in could_learn if self.depths.of[name] > deepest}
        self.at_last = self.at_first if unfreeze_step is None else could_learn
        self._unfreeze_step = unfreeze_step

    def apply(self, module: nn.Module, n_steps: int) -> None:
        """Have those weights learn that do after so many optimizer steps."""
        is_last = self._unfreeze_step is not None and n_steps >= self._unfreeze_step
        learning = self.at_last if is_last else self.at_first
        for name, weight in module.named_parameters():
            weight.requires_grad_(name in learning)


def _deepest_frozen(freeze: str | int, n_layers: int) -> int:
    """The greatest depth at which weights are frozen; -1 if there is none. What follows the layers is deeper yet."""
    depths = {"none": -1, "embeddings": 0, "all": n_layers + 1}
    if freeze in depths:
        return depths[freeze]
    if isinstance(freeze, int) and not isinstance(freeze, bool) and 0 <= freeze <= n_layers:
        return freeze
    allowed = f'"none", "embeddings", "all", or a number of layers from 0 to {n_layers}'
    raise ValueError(Errors.B010.format(found=freeze, setting="freeze", allowed=allowed))
