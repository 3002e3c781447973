"""Dropout at the cost of a quarter of a random number per element.

torch's dropout on a CPU draws a number for each element, in one thread, which takes a tenth of a training step of a
small encoder. Here one number of 64 bits decides over four elements.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from .replacing import places_of_layers

STEPS = 2**16  # probabilities are rounded to a whole number of these parts


def dropout(X: Tensor, p: float, *, training: bool) -> Tensor:
    """Zeros in the place of a share `p` of the elements, while training. The expected output is the input."""
    if not training or round(p * STEPS) in (0, STEPS) or X.device.type != "cpu":
        return functional.dropout(X, p, training)
    kept, factor = draw(X.shape, p, X.dtype)
    return X * kept.mul_(factor)


def draw(shape: torch.Size, p: float, dtype: torch.dtype) -> tuple[Tensor, float]:
    """1 for the elements that are kept, 0 for the others, and what makes up for these. On the CPU.

    p (float): The share that is dropped, in [0, 1), rounded to a multiple of 1 / STEPS.
    """
    n_elements, n_dropped_steps = shape.numel(), round(p * STEPS)
    numbers = torch.empty(-(-n_elements // 4), dtype=torch.int64).random_(-(2**63), None)
    bits = numbers.view(torch.int16)[:n_elements].view(shape)
    # Comparing into numbers is several times faster than converting what was compared.
    kept = torch.ge(bits, n_dropped_steps - STEPS // 2, out=torch.empty(shape, dtype=dtype))
    return kept, STEPS / (STEPS - n_dropped_steps)


class BitDropout(nn.Dropout):
    """An `nn.Dropout` by that function."""

    def forward(self, X: Tensor) -> Tensor:
        return dropout(X, self.p, training=self.training)


def use_bit_dropout(module: nn.Module) -> None:
    """Replace all dropout layers of a module that trains on a CPU."""
    for parent, name, child in places_of_layers(module):
        if type(child) is nn.Dropout:
            setattr(parent, name, BitDropout(child.p))


class NoDropout(nn.Dropout):
    """What dropout is in prediction, without the calls that find that out."""

    def forward(self, X: Tensor) -> Tensor:
        return X


def leave_out_dropout(module: nn.Module) -> None:
    """Replace all dropout layers of a module that only predicts."""
    for parent, name, child in places_of_layers(module):
        if isinstance(child, nn.Dropout) and type(child) in (nn.Dropout, BitDropout):
            setattr(parent, name, NoDropout(child.p))
