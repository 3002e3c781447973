"""Linear layers whose weights are laid out for the CPU's matrix kernels beforehand.

torch's CPU kernels (oneDNN) read weights in blocks. From an ordinary `nn.Linear` they are rearranged in every call;
here once. Where a GELU follows, it is computed while the numbers are still in the processor's registers. These are the
operators that `torch.compile` emits for the CPU, called without a compiler; torch does not document them, so where they
are missing, or the processor is too old for them, the layers stay as they are.

oneDNN makes and keeps a kernel for every number of rows that it meets, about half a millisecond and half a megabyte
each. Texts come in all lengths, so rows are computed in blocks of 32 sizes only, and filled up to the next one: few
rows, which a single short text has, to a multiple of 4, many to a multiple of 64.

A row must come out the same to the last bit in a block of any size. For a single row oneDNN adds up in another order,
and it may do so for a few, so that each size that is no multiple of 64 is tried before it is used.
"""

from functools import cache

import torch
from torch import Tensor, nn
from torch.nn import functional

from .blocked import STEP_ROWS, BlockedLinear
from .replacing import places_of_layers

BLOCK_ROWS = 1024  # at most
FEWEST_ROWS = 4

# The operator's names of an activation and of how it is computed.
GELU, NO_ACTIVATION = ("gelu", "none"), ("none", "")

# Which sizes have been tried, by what oneDNN may choose by, and whether they fit.
_FITS: dict[tuple[object, ...], bool] = {}

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
        self.activation = GELU if gelu else NO_ACTIVATION

    def forward(self, X: Tensor) -> Tensor:
        n_rows = X.shape[:-1].numel()
        if n_rows <= BLOCK_ROWS and self._filled(n_rows) == n_rows:  # in a single short text each call more takes time
            return self._product(X, self.bias, self.activation)
        blocks = [self._block(rows) for rows in X.flatten(0, -2).split(BLOCK_ROWS)]
        Y = blocks[0] if len(blocks) == 1 else torch.cat(blocks)
        return Y.view(*X.shape[:-1], Y.shape[1])

    def _block(self, rows: Tensor) -> Tensor:
        n_rows = rows.shape[0]
        n_missing = self._filled(n_rows) - n_rows
        if n_missing:
            rows = functional.pad(rows, (0, 0, 0, n_missing))
        return self._product(rows, self.bias, self.activation)[:n_rows]

    def _product(self, X: Tensor, bias: Tensor | None, activation: tuple[str, str]) -> Tensor:
        name, algorithm = activation
        product: Tensor = torch.ops.mkldnn._linear_pointwise(X, self.weight, bias, name, [], algorithm)
        return product

    def _filled(self, n_rows: int) -> int:
        """To how many rows so many are filled up."""
        size = block_size(n_rows)
        if size % STEP_ROWS == 0:
            return size
        key = (size, *self.weight.shape, self.weight.dtype, self.activation, torch.get_num_threads())
        if key not in _FITS:
            _FITS[key] = self._fits(size)
        return size if _FITS[key] else n_rows + -n_rows % STEP_ROWS

    def _fits(self, size: int) -> bool:
        """Whether the rows of a block of this size are those of a larger one.

        So that bf16 does not round the difference away, a bias takes off nearly all of the sums.
        """
        n_rows, width = size + -size % STEP_ROWS, self.weight.shape[1]
        rows = torch.linspace(-1.0, 1.0, width, dtype=self.weight.dtype).repeat(n_rows, 1)
        rows.diagonal().mul_(1.125)
        bias = -self._product(rows, None, NO_ACTIVATION)[0]
        few, more = (self._product(X, bias, self.activation) for X in (rows[:size], rows))
        return torch.equal(few, more[:size])


def block_size(n_rows: int) -> int:
    """The least size of a block that so many rows fit into, 1,024 at most."""
    step = min(max(FEWEST_ROWS, (1 << max(n_rows - 1, 0).bit_length()) // 8), STEP_ROWS)
    return n_rows + -n_rows % step


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
