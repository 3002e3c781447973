"""Vectors of pieces, with gradients at the cost of the rows that a batch touches.

On a CPU torch makes a new gradient as large as the whole vocabulary in every step: with small encoders, writing all
its zeros costs a tenth of the step. Here the gradient stays, and only the rows that were touched are written and
cleared again. It is the same gradient, so that AdamW moves the other rows by their momentum as it always does.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from .replacing import places_of_layers


class _LookUp(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, weight: Tensor, ids: Tensor, embedding: "PieceEmbedding") -> Tensor:
        ctx.embedding, ctx.ids = embedding, ids
        return functional.embedding(ids, weight)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[None, None, None]:
        ctx.embedding.add_gradient(ctx.ids.flatten(), gradient.flatten(0, -2))
        return None, None, None


class PieceEmbedding(nn.Embedding):
    """An `nn.Embedding` with the weight of another one. Its weight must have no other use in the module.

    is_tied: Whether a layer outside of the module, such as the projection of a language model, has the same weight:
        then all rows of its gradient are written, and it is made anew in each step.
    """

    is_tied = False
    _zeros: Tensor | None  # a gradient that was taken off, cleared
    _touched: list[Tensor]  # which rows of the gradient are not 0

    @classmethod
    def sharing(cls, embedding: nn.Embedding) -> "PieceEmbedding":
        sizes = (embedding.num_embeddings, embedding.embedding_dim, embedding.padding_idx)
        made = cls(*sizes, _weight=embedding.weight.data)
        made.weight = embedding.weight
        made._forget()
        return made

    def forward(self, ids: Tensor) -> Tensor:
        if torch.is_grad_enabled() and self.weight.requires_grad and self.weight.device.type == "cpu":
            vectors: Tensor = _LookUp.apply(self.weight, ids, self)
            return vectors
        return super().forward(ids)

    def add_gradient(self, ids: Tensor, rows: Tensor) -> None:
        """Add `rows` (n, width) to the rows `ids` (n,) of the weight's gradient."""
        gradient = self.weight.grad
        if gradient is None:
            kept, weight = self._zeros, self.weight
            fits = kept is not None and (kept.device, kept.dtype) == (weight.device, weight.dtype)
            gradient = kept if fits and kept is not None else torch.zeros_like(weight)
            weight.grad = gradient
            self._forget()
        if self.padding_idx is not None:
            rows = rows.masked_fill((ids == self.padding_idx)[:, None], 0.0)
        if not self.is_tied:
            self._touched.append(ids)
        gradient.index_add_(0, ids, rows.to(gradient.dtype))

    def clear_gradient(self) -> None:
        """Take the gradient off the weight; its memory serves the next one."""
        gradient = self.weight.grad
        if gradient is not None:
            for ids in () if self.is_tied else self._touched:
                gradient[ids] = 0.0
            self.weight.grad = None
            self._forget()
            self._zeros = gradient if gradient.device.type == "cpu" and not self.is_tied else None

    def _forget(self) -> None:
        self._zeros = None
        self._touched = []

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_zeros": None, "_touched": []}  # copies have gradients of their own


def use_piece_embedding(module: nn.Module, embedding: nn.Module) -> None:
    """Put a PieceEmbedding in the place of an encoder's piece embedding, if that is a plain one.

    Not if its weight is used elsewhere, too: then it gets gradients in rows that a look-up does not touch.
    """
    if type(embedding) is not nn.Embedding or embedding.sparse or embedding.scale_grad_by_freq:
        return
    if embedding.max_norm is not None:
        return
    uses = [weight for _, weight in module.named_parameters(remove_duplicate=False) if weight is embedding.weight]
    if len(uses) > 1:
        return
    for parent, name, child in places_of_layers(module):
        if child is embedding:
            setattr(parent, name, PieceEmbedding.sharing(embedding))
