"""Linear layers that train in bf16 on a CPU with few kernels.

oneDNN makes and keeps a kernel for every number of rows that it meets, for the way forth and the two ways back: with
texts of all lengths that is a millisecond and half a megabyte each, over and over. Here rows are filled up with zeros
to a multiple of 64, in the copy that converts them to bf16 anyway. What is computed is what autocast computes.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from .replacing import places_of_layers

STEP_ROWS = 64


class _BlockedLinear(torch.autograd.Function):
    """(n_rows, width) to (filled rows, outputs): the caller takes the first `n_rows`."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        filled = filled_up(rows, torch.bfloat16)
        # The weights are converted again on the way back: kept, they would be held once for every batch of a step.
        ctx.save_for_backward(filled, weight)
        ctx.n_rows, ctx.type_of_rows = len(rows), rows.dtype
        ctx.type_of_bias = None if bias is None else bias.dtype
        return functional.linear(filled, weight.to(torch.bfloat16), None if bias is None else bias.to(torch.bfloat16))

    @staticmethod
    def backward(ctx: Any, dY: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        filled, weight = ctx.saved_tensors
        needs_rows, needs_weight, needs_bias = ctx.needs_input_grad
        d_rows = d_weight = d_bias = None
        if needs_rows:
            d_rows = (dY @ weight.to(torch.bfloat16))[: ctx.n_rows].to(ctx.type_of_rows)
        if needs_weight:
            d_weight = (dY.T @ filled).to(weight.dtype)
        if needs_bias and ctx.type_of_bias is not None:
            d_bias = dY.sum(0).to(ctx.type_of_bias)
        return d_rows, d_weight, d_bias


def filled_up(rows: Tensor, dtype: torch.dtype) -> Tensor:
    """A copy of the rows in this type, and zeros below them up to a multiple of STEP_ROWS."""
    n_rows = len(rows)
    filled = rows.new_empty((n_rows + -n_rows % STEP_ROWS, rows.shape[1]), dtype=dtype)
    filled[:n_rows].copy_(rows)
    filled[n_rows:].zero_()
    return filled


class BlockedLinear(nn.Linear):
    """An `nn.Linear` with the weights of another one."""

    @classmethod
    def sharing(cls, linear: nn.Linear) -> "BlockedLinear":
        made = cls(linear.in_features, linear.out_features, bias=linear.bias is not None, device="meta")
        made.weight, made.bias = linear.weight, linear.bias
        return made

    def forward(self, X: Tensor) -> Tensor:
        computes_bf16 = torch.is_autocast_enabled("cpu") and torch.get_autocast_dtype("cpu") == torch.bfloat16
        fills_up = X.shape[:-1].numel() % STEP_ROWS != 0
        if fills_up and torch.is_grad_enabled() and computes_bf16 and X.device.type == "cpu":
            rows = X.flatten(0, -2)
            filled: Tensor = _BlockedLinear.apply(rows, self.weight, self.bias)
            return filled[: len(rows)].view(*X.shape[:-1], -1)
        return super().forward(X)


def use_blocked_linear_layers(module: nn.Module) -> None:
    """Replace all linear layers of a module that trains."""
    for parent, name, child in places_of_layers(module):
        if type(child) is nn.Linear:
            setattr(parent, name, BlockedLinear.sharing(child))
