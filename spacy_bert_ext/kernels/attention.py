"""Attention in training on a CPU, with dropout.

torch's fused kernel knows no dropout, so that with it `scaled_dot_product_attention` falls back to products in fp32,
and draws a random number for each pair of pieces in one thread: much of a step where windows are long. Here the
products are bf16, as autocast has it everywhere else, the softmax is fp32 within, and dropout is ours.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from .dropout import draw


class TrainingAttention(TorchFunctionMode):
    """Within it, attention with dropout in bf16 on a CPU is computed here. Whatever architecture calls it."""

    def __torch_function__(
        self,
        function: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        named = kwargs or {}
        if function is functional.scaled_dot_product_attention and _is_ours(*args, **named):
            return attention(*args, **named)
        return function(*args, **named)


def attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """`scaled_dot_product_attention`, by its parameters: (..., n_pieces, width of a head)."""
    scaled = query * (query.shape[-1] ** -0.5 if scale is None else scale)
    if attn_mask is not None and attn_mask.dtype != torch.bool:
        attn_mask = attn_mask.to(query.dtype)
    attended: Tensor = _Attention.apply(scaled, key, value, attn_mask, dropout_p)
    return attended


class _Attention(torch.autograd.Function):
    """Weights of all pairs of pieces are what costs: each is written as few times as can be."""

    @staticmethod
    def forward(ctx: Any, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, p: float) -> Tensor:
        scores = query @ key.transpose(-2, -1)
        if mask is not None:
            scores = scores.masked_fill_(~mask, -torch.inf) if mask.dtype == torch.bool else scores.add_(mask)
        weights = torch.softmax(scores, dim=-1)
        kept, factor = draw(weights.shape, p, weights.dtype)
        ctx.save_for_backward(query, key, value, weights, kept)
        ctx.factor = factor
        return ((weights * kept) @ value).mul_(factor)

    @staticmethod
    def backward(ctx: Any, d_output: Tensor) -> tuple[Tensor | None, ...]:
        query, key, value, weights, kept = ctx.saved_tensors
        d_output = d_output * ctx.factor
        d_value = (weights * kept).transpose(-2, -1) @ d_output
        d_weights = (d_output @ value.transpose(-2, -1)).mul_(kept)
        d_scores = torch._softmax_backward_data(d_weights, weights, -1, weights.dtype)
        return d_scores @ key, d_scores.transpose(-2, -1) @ query, d_value, None, None


_PARAMETERS = inspect.signature(attention)


def _is_ours(*args: Any, **kwargs: Any) -> bool:
    """Whether a call of `scaled_dot_product_attention` is one that torch computes slowly."""
    call = _PARAMETERS.bind(*args, **kwargs)
    call.apply_defaults()
    query: Tensor = call.arguments["query"]
    is_plain = not (call.arguments["is_causal"] or call.arguments["enable_gqa"])
    has_dropout: bool = call.arguments["dropout_p"] > 0
    in_bf16_on_cpu = query.device.type == "cpu" and query.dtype == torch.bfloat16
    return in_bf16_on_cpu and is_plain and has_dropout
