"""Docs → category scores, through the head's module."""

from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

import torch
from thinc.api import Model
from torch import Tensor, nn

from ..encoder.output import Encoded, EncodedLongDoc
from ..encoder.pooler import pooler_of
from ..encoder.readings import TextPairs, Texts
from ..errors import Errors
from ..kernels.dropout import dropout
from .model import Head, HeadModel, ModuleT
from .module import LinearHead, new_linear
from .pooling import pool_docs, pool_long_doc

TextClassifierModel: TypeAlias = HeadModel[Tensor]


class TextClassifierModule(LinearHead):
    """A document vector over all windows, dropout, one linear layer.

    pooling (str): See `pool_docs`; "attention" has a learned query that weighs the pieces, "pooler" a dense layer and
        tanh, as BERT's has.
    dropout (float): In [0, 1), on document vectors in training.
    """

    attention: nn.Parameter | None

    def __init__(self, width: int, n_labels: int, *, pooling: str, dropout: float) -> None:
        super().__init__(width, n_labels)
        self.pooling, self.dropout = pooling, dropout
        self.register_parameter("attention", nn.Parameter(torch.zeros(width)) if pooling == "attention" else None)
        self.pooler = new_linear(width, width) if pooling == "pooler" else None

    def forward(self, encoded: Encoded, *, is_train: bool) -> Tensor:
        """Logits: (n_docs, n_labels)."""
        if isinstance(encoded, EncodedLongDoc):
            vectors = pool_long_doc(encoded, self.pooling, self.attention, self.pool_windows)
        else:
            vectors = pool_docs(encoded, self.pooling, self.attention, self.pool_windows)
        logits: Tensor = self.output(dropout(vectors, self.dropout, training=is_train))
        return logits

    def pool_windows(self, vectors: Tensor) -> Tensor:
        """What stands for a window with "pooler": (n_windows, width)."""
        if self.pooler is None:
            raise ValueError(Errors.B331.format(pooling=self.pooling))
        pooled: Tensor = self.pooler(vectors)
        return pooled.tanh()


@dataclass
class TextHead(Head[ModuleT, Tensor]):
    """What gives logits of categories: (n_docs, n_labels); or of pairs of texts: (n_pairs, n_labels)."""

    def scores(self, module: ModuleT, texts: Texts, encoded: Encoded, *, is_train: bool) -> Tensor:
        if isinstance(texts, TextPairs) and not isinstance(encoded, EncodedLongDoc):
            encoded = encoded.in_pairs()
        logits: Tensor = module(encoded, is_train=is_train)
        return logits

    def tensors(self, scores: Tensor) -> tuple[Tensor, ...]:
        return (scores,)


@dataclass
class TextClassifier(TextHead[TextClassifierModule]):
    """pooling, dropout: See `TextClassifierModule`."""

    pooling: str
    dropout: float

    name: ClassVar[str] = "text_classifier"

    def new_module(self, width: int, n_outputs: int) -> TextClassifierModule:
        return TextClassifierModule(width, n_outputs, pooling=self.pooling, dropout=self.dropout)

    def module_for(self, encoder: Model[Any, Any], width: int, n_outputs: int) -> TextClassifierModule:
        pooler = pooler_of(encoder) if self.pooling == "pooler" else None
        module = self.new_module(width, n_outputs)
        if pooler is not None and module.pooler is not None:
            module.pooler.load_state_dict(pooler.state_dict())
        return module
