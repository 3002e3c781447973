"""Docs → tag scores: token vectors through the head's module, and for the CRF the scores of tag pairs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from spacy.tokens import Doc
from thinc.api import Model
from torch import Tensor, nn

from ..dropout import dropout
from ..encoder.output import Encoded, EncodedLongDoc
from ..errors import Errors
from ..pooling import pool_tokens
from ..ragged import starts_of
from ..torch_shim import TorchShim
from ..types import Bools1d, Ints1d
from .module import LinearHead


class TokenClassifierModule(LinearHead):
    """Dropout and one linear layer.

    dropout (float): In [0, 1), on token vectors in training.
    crf (bool): Whether there are scores of tag pairs, and of tags at either end of a Doc.
    """

    def __init__(self, width: int, n_tags: int, *, dropout: float, crf: bool) -> None:
        super().__init__(width, n_tags)
        self.dropout = dropout
        for name, shape in (("start", (n_tags,)), ("end", (n_tags,)), ("between", (n_tags, n_tags))):
            self.register_parameter(name, nn.Parameter(torch.zeros(shape)) if crf else None)

    def forward(self, vectors: Tensor, *, is_train: bool) -> Tensor:
        """Logits: (n_readable, n_tags)."""
        return self.output(dropout(vectors, self.dropout, training=is_train))

    def pair_scores(self) -> tuple[Tensor, ...]:
        """`start`, `end` and `between` of a CRF."""
        return () if self.between is None else (self.start, self.end, self.between)

    def grow(self, names: Sequence[str]) -> None:
        n_before = self.n_outputs
        super().grow(names)
        for name, old in zip(("start", "end", "between"), self.pair_scores()):
            new = old.new_zeros([len(names)] * old.ndim)
            new[(slice(n_before),) * old.ndim] = old.detach()
            self.register_parameter(name, nn.Parameter(new))


@dataclass(frozen=True)
class TagScores:
    """Scores of the readable tokens of some Docs; the other tokens are never tagged.

    tensors: Logits (n_readable, n_tags); for the CRF also `start` and `end` (n_tags,), `between` (n_tags, n_tags).
    readable: Which tokens are scored: (n_tokens,).
    tokens_per_doc: (n_docs,).
    """

    tensors: tuple[Tensor, ...]
    readable: Bools1d
    tokens_per_doc: Ints1d

    @property
    def logits(self) -> Tensor:
        return self.tensors[0]

    @property
    def lengths(self) -> Ints1d:
        """Readable tokens of each Doc: (n_docs,)."""
        total = np.concatenate([np.zeros(1, np.int64), np.cumsum(self.readable)])
        starts = starts_of(self.tokens_per_doc)
        return total[starts + self.tokens_per_doc] - total[starts]


TokenClassifierModel = Model[Sequence[Doc], TagScores]


def token_classifier(encoder: Model[Sequence[Doc], Encoded], pooling: str, dropout: float) -> TokenClassifierModel:
    """A model without weights. `initialize` makes them, once the dimension "nO" (n_tags) is set.

    The attribute "crf" (bool) tells whether it has scores of tag pairs.
    """
    return Model(
        "token_classifier",
        forward,
        init=init,
        dims={"nO": None, "nI": None},
        attrs={"pooling": pooling, "dropout": dropout, "crf": False},
        layers=[encoder],
        shims=[TorchShim("head")],
        refs={"encoder": encoder},
    )


def forward(
    model: TokenClassifierModel, docs: Sequence[Doc], is_train: bool
) -> tuple[TagScores, Callable[[tuple[Tensor, ...]], list]]:
    encoded, backprop_encoder = model.get_ref("encoder")(docs, is_train)
    module = model.shims[0].module_on(encoded.device)
    if module.width != encoded.width:
        raise ValueError(Errors.B034.format(found=module.width, width=encoded.width))
    with torch.set_grad_enabled(is_train):
        if isinstance(encoded, EncodedLongDoc) and not is_train:
            logits = _logits_of_parts(encoded, model.attrs["pooling"], module)
        else:
            parts = [module(pool_tokens(part, model.attrs["pooling"]), is_train=is_train) for part in encoded.parts()]
            logits = torch.cat(parts)
        tensors = (logits, *module.pair_scores())

    def backprop(gradients: tuple[Tensor, ...]) -> list:
        torch.autograd.backward(tensors, gradients)
        return backprop_encoder(None)

    return TagScores(tensors, encoded.pieces.readable, encoded.pieces.tokens_per_doc), backprop


def _logits_of_parts(encoded: EncodedLongDoc, pooling: str, module: nn.Module) -> Tensor:
    """Without a second copy of what may be the largest array of all."""
    logits = torch.empty((int(encoded.pieces.readable.sum()), module.n_outputs), device=encoded.device)
    n_done = 0
    for part in encoded.parts():
        of_part = module(pool_tokens(part, pooling), is_train=False)
        logits[n_done : n_done + len(of_part)] = of_part
        n_done += len(of_part)
    return logits


def init(model: TokenClassifierModel, X: object = None, Y: object = None) -> None:
    encoder = model.get_ref("encoder")
    encoder.initialize()
    model.set_dim("nI", encoder.get_dim("nO"), force=True)
    model.shims[0].module = TokenClassifierModule(
        model.get_dim("nI"), model.get_dim("nO"), dropout=model.attrs["dropout"], crf=model.attrs["crf"]
    )
