"""Docs → category scores: a document vector over all windows, dropout, one linear layer."""

from collections.abc import Callable, Sequence

import torch
from spacy.tokens import Doc
from thinc.api import Model
from torch import Tensor, nn

from ..dropout import dropout
from ..encoder.output import Encoded, EncodedLongDoc
from ..errors import Errors
from ..pooling import pool_docs, pool_long_doc
from ..torch_shim import TorchShim
from .token_classifier import INITIAL_SPREAD

TextClassifierModel = Model[Sequence[Doc], Tensor]


class TextClassifierModule(nn.Module):
    """Weights of the head.

    attention (bool): Whether there is a learned query that weighs the pieces.
    """

    def __init__(self, width: int, n_labels: int, *, attention: bool) -> None:
        super().__init__()
        self.output = nn.Linear(width, n_labels)
        nn.init.normal_(self.output.weight, std=INITIAL_SPREAD)
        nn.init.zeros_(self.output.bias)
        self.register_parameter("attention", nn.Parameter(torch.zeros(width)) if attention else None)


def text_classifier(encoder: Model[Sequence[Doc], Encoded], pooling: str, dropout: float) -> TextClassifierModel:
    """A model without weights, giving logits (n_docs, n_labels). `initialize` makes them, once "nO" is set."""
    return Model(
        "text_classifier",
        forward,
        init=init,
        dims={"nO": None, "nI": None},
        attrs={"pooling": pooling, "dropout": dropout},
        layers=[encoder],
        shims=[TorchShim("head")],
        refs={"encoder": encoder},
    )


def forward(
    model: TextClassifierModel, docs: Sequence[Doc], is_train: bool
) -> tuple[Tensor, Callable[[tuple[Tensor, ...]], list]]:
    encoded, backprop_encoder = model.get_ref("encoder")(docs, is_train)
    module = model.shims[0].module_on(encoded.device)
    if module.output.in_features != encoded.width:
        raise ValueError(Errors.B034.format(found=module.output.in_features, width=encoded.width))
    with torch.set_grad_enabled(is_train):
        pool = pool_long_doc if isinstance(encoded, EncodedLongDoc) else pool_docs
        vectors = pool(encoded, model.attrs["pooling"], module.attention)
        logits = module.output(dropout(vectors, model.attrs["dropout"], training=is_train))

    def backprop(gradients: tuple[Tensor, ...]) -> list:
        torch.autograd.backward((logits,), gradients)
        return backprop_encoder(None)

    return logits, backprop


def init(model: TextClassifierModel, X: object = None, Y: object = None) -> None:
    encoder = model.get_ref("encoder")
    encoder.initialize()
    model.set_dim("nI", encoder.get_dim("nO"), force=True)
    attention = model.attrs["pooling"] == "attention"
    model.shims[0].module = TextClassifierModule(model.get_dim("nI"), model.get_dim("nO"), attention=attention)
