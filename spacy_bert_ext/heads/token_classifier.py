"""Docs → tag scores: token vectors through the head's module, and for the CRF the scores of tag pairs."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from spacy.tokens import Doc
from thinc.api import Model
from torch import Tensor, nn
from torch.nn import functional

from ..arrays.transfer import to_device
from ..encoder.output import Encoded, EncodedLongDoc
from ..errors import Errors
from ..kernels.dropout import dropout
from ..runtime.torch_shim import TorchShim
from ..tagging.tag_scores import TagScores
from .casing import N_CASES, cases_of
from .module import HeadModule, LinearHead
from .pooling import pool_tokens


class TokenClassifierModule(LinearHead):
    """Dropout and one linear layer.

    dropout (float): In [0, 1), on token vectors in training.
    crf (bool): Whether there are scores of tag pairs, and of tags at either end of a Doc.
    casing (bool): Whether learned vectors of how a token and its neighbours are written are added to its own.
    """

    def __init__(self, width: int, n_tags: int, *, dropout: float, crf: bool, casing: bool) -> None:
        super().__init__(width, n_tags)
        self.dropout = dropout
        self.register_parameter("casing", nn.Parameter(torch.zeros(N_CASES, width)) if casing else None)
        for name, shape in (("start", (n_tags,)), ("end", (n_tags,)), ("between", (n_tags, n_tags))):
            self.register_parameter(name, nn.Parameter(torch.zeros(shape)) if crf else None)

    def forward(self, vectors: Tensor, *, is_train: bool) -> Tensor:
        """Logits: (n_taggable, n_tags)."""
        return self.output(dropout(vectors, self.dropout, training=is_train))

    def with_casing(self, vectors: Tensor, cases: Tensor) -> Tensor:
        """vectors (n_taggable, width) of tokens that are written so: cases (n_taggable, N_PLACES)."""
        return vectors + functional.embedding_bag(cases, self.casing, mode="sum")

    def pair_scores(self) -> tuple[Tensor, ...]:
        """`start`, `end` and `between` of a CRF."""
        return () if self.between is None else (self.start, self.end, self.between)

    def grow(self, names: Sequence[str], *, exclusive: bool) -> None:
        n_before = self.n_outputs
        super().grow(names, exclusive=exclusive)
        for name, old in zip(("start", "end", "between"), self.pair_scores()):
            # No pair with a new tag is better than those that there are.
            new = old.new_full([len(names)] * old.ndim, min(old.min().item(), 0.0))
            new[(slice(n_before),) * old.ndim] = old.detach()
            self.register_parameter(name, nn.Parameter(new))


TokenClassifierModel = Model[Sequence[Doc], TagScores]


def token_classifier(
    encoder: Model[Sequence[Doc], Encoded], pooling: str, dropout: float, casing: bool
) -> TokenClassifierModel:
    """A model without weights. `initialize` makes them, once the dimension "nO" (n_tags) is set.

    The attribute "crf" (bool) tells whether it has scores of tag pairs.
    """
    return Model(
        "token_classifier",
        forward,
        init=init,
        dims={"nO": None, "nI": None},
        attrs={"pooling": pooling, "dropout": dropout, "casing": casing, "crf": False},
        layers=[encoder],
        shims=[TorchShim("head")],
        refs={"encoder": encoder},
    )


def module_settings(model: TokenClassifierModel) -> dict[str, Any]:
    """What the module is made with, besides its dimensions."""
    return {name: model.attrs[name] for name in ("dropout", "crf", "casing")}


def forward(
    model: TokenClassifierModel, docs: Sequence[Doc], is_train: bool
) -> tuple[TagScores, Callable[[tuple[Tensor, ...]], list]]:
    encoded, backprop_encoder = model.get_ref("encoder")(docs, is_train)
    module = model.shims[0].module_on(encoded.device)
    if module.width != encoded.width:
        raise ValueError(Errors.B034.format(found=module.width, width=encoded.width))
    with torch.set_grad_enabled(is_train):
        vectors = _token_vectors(model, docs, encoded, module)
        if isinstance(encoded, EncodedLongDoc) and not is_train:
            logits = _logits_of_parts(vectors, int(encoded.pieces.taggable.sum()), module)
        else:
            logits = torch.cat([module(part, is_train=is_train) for part in vectors])
        tensors = (logits, *module.pair_scores())

    def backprop(gradients: tuple[Tensor, ...]) -> list:
        torch.autograd.backward(tensors, gradients)
        return backprop_encoder(None)

    pieces = encoded.pieces
    return TagScores(tensors, pieces.taggable, pieces.tokens_per_doc, pieces.tokens), backprop


def _token_vectors(
    model: TokenClassifierModel, docs: Sequence[Doc], encoded: Encoded, module: HeadModule
) -> Iterator[Tensor]:
    """Of the taggable tokens, part by part of what is encoded: (n_taggable, width)."""
    cases = to_device(cases_of(docs)[encoded.pieces.taggable], encoded.device) if model.attrs["casing"] else None
    n_done = 0
    for part in encoded.parts():
        vectors = pool_tokens(part, model.attrs["pooling"])
        if cases is not None:
            vectors = module.with_casing(vectors, cases[n_done : n_done + len(vectors)])
            n_done += len(vectors)
        yield vectors


def _logits_of_parts(vectors: Iterator[Tensor], n_taggable: int, module: HeadModule) -> Tensor:
    """Without a second copy of what may be the largest array of all."""
    logits, n_done = None, 0
    for part in vectors:
        of_part = module(part, is_train=False)
        if logits is None:
            logits = of_part.new_empty((n_taggable, module.n_outputs))
        logits[n_done : n_done + len(of_part)] = of_part
        n_done += len(of_part)
    return logits


def init(model: TokenClassifierModel, X: object = None, Y: object = None) -> None:
    encoder = model.get_ref("encoder")
    encoder.initialize()
    model.set_dim("nI", encoder.get_dim("nO"), force=True)
    model.shims[0].module = TokenClassifierModule(model.get_dim("nI"), model.get_dim("nO"), **module_settings(model))
