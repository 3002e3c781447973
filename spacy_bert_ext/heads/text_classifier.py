"""Docs → category scores, through the head's module."""

from collections.abc import Callable, Sequence

import torch
from spacy.tokens import Doc
from thinc.api import Model
from torch import Tensor, nn

from ..encoder.output import Encoded, EncodedLongDoc
from ..encoder.pooler import pooler_of
from ..errors import Errors
from ..kernels.dropout import dropout
from ..runtime.torch_shim import TorchShim
from ..sharing.listener import model_of
from .module import LinearHead, new_linear
from .pooling import pool_docs, pool_long_doc

TextClassifierModel = Model[Sequence[Doc], Tensor]


class TextClassifierModule(LinearHead):
    """A document vector over all windows, dropout, one linear layer.

    pooling (str): See `pool_docs`; "attention" has a learned query that weighs the pieces, "pooler" a dense layer and
        tanh, as BERT's has.
    dropout (float): In [0, 1), on document vectors in training.
    """

    def __init__(self, width: int, n_labels: int, *, pooling: str, dropout: float) -> None:
        super().__init__(width, n_labels)
        self.pooling, self.dropout = pooling, dropout
        self.register_parameter("attention", nn.Parameter(torch.zeros(width)) if pooling == "attention" else None)
        self.pooler = new_linear(width, width) if pooling == "pooler" else None

    def forward(self, encoded: Encoded, *, is_train: bool) -> Tensor:
        """Logits: (n_docs, n_labels)."""
        pool = pool_long_doc if isinstance(encoded, EncodedLongDoc) else pool_docs
        vectors = pool(encoded, self.pooling, self.attention, self.pool_windows)
        return self.output(dropout(vectors, self.dropout, training=is_train))

    def pool_windows(self, vectors: Tensor) -> Tensor:
        """What stands for a window with "pooler": (n_windows, width)."""
        return self.pooler(vectors).tanh()


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
    if module.width != encoded.width:
        raise ValueError(Errors.B034.format(found=module.width, width=encoded.width))
    with torch.set_grad_enabled(is_train):
        logits = module(encoded, is_train=is_train)

    def backprop(gradients: tuple[Tensor, ...]) -> list:
        torch.autograd.backward((logits,), gradients)
        return backprop_encoder(None)

    return logits, backprop


def init(model: TextClassifierModel, X: object = None, Y: object = None) -> None:
    encoder = model.get_ref("encoder")
    encoder.initialize()
    model.set_dim("nI", encoder.get_dim("nO"), force=True)
    pooling = model.attrs["pooling"]
    pooler = pooler_of(model_of(encoder)) if pooling == "pooler" else None
    module = TextClassifierModule(
        model.get_dim("nI"), model.get_dim("nO"), pooling=pooling, dropout=model.attrs["dropout"]
    )
    if pooler is not None:
        module.pooler.load_state_dict(pooler.state_dict())
    model.shims[0].module = module
