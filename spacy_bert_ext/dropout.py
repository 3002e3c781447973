"""Dropout at the cost of a quarter of a random number per element.

torch's dropout on a CPU draws a number for each element, in one thread, which takes a tenth of a training step of a
small encoder. Here one number of 64 bits decides over four elements.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

STEPS = 2**16  # probabilities are rounded to a whole number of these parts


def dropout(X: Tensor, p: float, *, training: bool) -> Tensor:
    """Zeros in the place of a share `p` of the elements, while training. The expected output is the input."""
    dropped = round(p * STEPS)
    if not training or dropped == 0 or dropped == STEPS or X.device.type != "cpu":
        return functional.dropout(X, p, training)
    n_numbers = -(-X.numel() // 4)
    numbers = torch.empty(n_numbers, dtype=torch.int64).random_(-(2**63), None)
    bits = numbers.view(torch.int16)[: X.numel()].view(X.shape)
    kept = (bits >= dropped - STEPS // 2).to(X.dtype)
    return X * kept.mul_(STEPS / (STEPS - dropped))


class BitDropout(nn.Dropout):
    """An `nn.Dropout` by that function."""

    def forward(self, X: Tensor) -> Tensor:
        return dropout(X, self.p, training=self.training)


def use_bit_dropout(module: nn.Module) -> None:
    """Replace all dropout layers of a module that trains on a CPU."""
    for parent in list(module.modules()):
        for name, child in list(parent.named_children()):
            if type(child) is nn.Dropout:
                setattr(parent, name, BitDropout(child.p))
