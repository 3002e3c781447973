"""Vectors of pieces, with gradients at the cost of the rows that a batch touches.

On a CPU torch makes a new gradient as large as the whole vocabulary in every step: with small encoders, writing all
its zeros costs a tenth of the step. Here the gradient stays, and only the rows that were touched are written and
cleared again. It is the same gradient, so that AdamW moves the other rows by their momentum as it always does.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from .replacing import places_of_layers


class _LookUp(torch.autograd.Function):
    @staticmethod
    def forward(ctx, weight: Tensor, ids: Tensor, embedding: "PieceEmbedding") -> Tensor:
        ctx.embedding, ctx.ids = embedding, ids
        return functional.embedding(ids, weight)

    @staticmethod
    def backward(ctx, gradient: Tensor):
        ctx.embedding.add_gradient(ctx.ids.flatten(), gradient.flatten(0, -2))
        return None, None, None


class PieceEmbedding(nn.Embedding):
    """An `nn.Embedding` with the weight of another one. Its weight must have no other use in the module."""

    @classmethod
    def sharing(cls, embedding: nn.Embedding) -> "PieceEmbedding":
        sizes = (embedding.num_embeddings, embedding.embedding_dim, embedding.padding_idx)
        made = cls(*sizes, _weight=embedding.weight.data)
        made.weight = embedding.weight
        made._forget()
        return made

    def forward(self, ids: Tensor) -> Tensor:
        if torch.is_grad_enabled() and self.weight.requires_grad and self.weight.device.type == "cpu":
            return _LookUp.apply(self.weight, ids, self)
        return super().forward(ids)

    def add_gradient(self, ids: Tensor, rows: Tensor) -> None:
        """Add `rows` (n, width) to the rows `ids` (n,) of the weight's gradient."""
        if self.weight.grad is None:
            kept, weight = self._zeros, self.weight
            fits = kept is not None and kept.device == weight.device and kept.dtype == weight.dtype
            self.weight.grad = kept if fits else torch.zeros_like(weight)
            self._forget()
        if self.padding_idx is not None:
            rows = rows.masked_fill((ids == self.padding_idx)[:, None], 0.0)
        self._touched.append(ids)
        self.weight.grad.index_add_(0, ids, rows.to(self.weight.grad.dtype))

    def clear_gradient(self) -> None:
        """Take the gradient off the weight; its memory serves the next one."""
        gradient = self.weight.grad
        if gradient is not None:
            for ids in self._touched:
                gradient[ids] = 0.0
            self.weight.grad = None
            self._forget()
            self._zeros = gradient if gradient.device.type == "cpu" else None

    def _forget(self) -> None:
        self._zeros: Tensor | None = None
        self._touched: list[Tensor] = []

    def __getstate__(self) -> dict:
        return {**self.__dict__, "_zeros": None, "_touched": []}  # copies have gradients of their own


def use_piece_embedding(module: nn.Module, embedding: nn.Module) -> None:
    """Put a PieceEmbedding in the place of an encoder's piece embedding, if that is a plain one.

    Not if its weight is used elsewhere, too: then it gets gradients in rows that a look-up does not touch.
    """
    plain = type(embedding) is nn.Embedding and not embedding.sparse and not embedding.scale_grad_by_freq
    if not plain or embedding.max_norm is not None:
        return
    uses = [weight for _, weight in module.named_parameters(remove_duplicate=False) if weight is embedding.weight]
    if len(uses) > 1:
        return
    for parent, name, child in places_of_layers(module):
        if child is embedding:
            setattr(parent, name, PieceEmbedding.sharing(embedding))
