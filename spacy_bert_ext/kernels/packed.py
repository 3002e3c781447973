"""Linear layers whose weights are laid out for the CPU's matrix kernels beforehand.

torch's CPU kernels (oneDNN) read weights in blocks. From an ordinary `nn.Linear` they are rearranged in every call;
here once. Where a GELU follows, it is computed while the numbers are still in the processor's registers. These are the
operators that `torch.compile` emits for the CPU, called without a compiler; torch does not document them, so where they
are missing, or the processor is too old for them, the layers stay as they are.

oneDNN makes and keeps a kernel for every number of rows that it meets, about a millisecond and a quarter of a megabyte
each. Texts come in all lengths, so rows are computed in blocks of a few sizes only.
"""

from functools import cache

import torch
from torch import Tensor, nn
from torch.nn import functional

from .blocked import STEP_ROWS, BlockedLinear, filled_up
from .replacing import places_of_layers

BLOCK_ROWS = 1024  # at most; filled up with zeros to a multiple of STEP_ROWS

PACKABLE = (torch.float32, torch.bfloat16)


def can_pack(device: torch.device, precision: torch.dtype) -> bool:
    """Whether the operators exist, and take this precision on this processor."""
    return device.type == "cpu" and precision in PACKABLE and _works(precision)


@cache
def _works(precision: torch.dtype) -> bool:
    linear = nn.utils.skip_init(nn.Linear, 2, 2, dtype=precision)  # draws no random numbers in the middle of a training
    try:
        PackedLinear(linear, gelu=True)(torch.zeros(1, 2, dtype=precision))
    except (RuntimeError, AttributeError):
        return False
    return True


class PackedLinear(nn.Module):
    """An `nn.Linear` for prediction, with or without an exact GELU after it."""

    def __init__(self, linear: nn.Linear, *, gelu: bool) -> None:
        super().__init__()
        self.weight = torch.ops.mkldnn._reorder_linear_weight(linear.weight.detach(), None)
        self.bias = None if linear.bias is None else linear.bias.detach()
        # The operator's names of an activation and of how it is computed.
        self.activation = ("gelu", "none") if gelu else ("none", "")

    def forward(self, X: Tensor) -> Tensor:
        blocks = [self._block(rows) for rows in X.flatten(0, -2).split(BLOCK_ROWS)]
        Y = blocks[0] if len(blocks) == 1 else torch.cat(blocks)
        return Y.view(*X.shape[:-1], Y.shape[1])

    def _block(self, rows: Tensor) -> Tensor:
        n_rows, (name, algorithm) = len(rows), self.activation
        if n_rows % STEP_ROWS:
            rows = filled_up(rows, rows.dtype)
        filled: Tensor = torch.ops.mkldnn._linear_pointwise(rows, self.weight, self.bias, name, [], algorithm)
        return filled[:n_rows]


def pack_linear_layers(module: nn.Module) -> None:
    """Replace all linear layers of a module that only predicts."""
    for parent, name, child in places_of_layers(module):
        if isinstance(child, nn.Linear) and type(child) in (nn.Linear, BlockedLinear):
            # BERT and its kin: `dense`, then `intermediate_act_fn`, and nothing in between.
            fuses = name == "dense" and _is_exact_gelu(getattr(parent, "intermediate_act_fn", None))
            setattr(parent, name, PackedLinear(child, gelu=fuses))
            if fuses:
                parent.intermediate_act_fn = nn.Identity()


def _is_exact_gelu(activation: object) -> bool:
    sample = torch.linspace(-6, 6, 49)
    return isinstance(activation, nn.Module) and torch.equal(activation(sample), functional.gelu(sample))
