"""Docs → log odds of their sentences, see `ranking/sentence_scores.py`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

import numpy as np
import torch
from spacy.tokens import Doc
from torch import Tensor, nn

from ..arrays.transfer import to_device
from ..encoder.output import Encoded
from ..errors import Errors
from ..kernels.dropout import dropout
from ..pieces.sentences import sentences_of
from ..pieces.tokens import tokens_of_all
from ..ranking.sentence_scores import SentenceScores
from .model import Head, HeadModel, head_module_of, head_of
from .module import HeadModule, new_linear
from .sentence_layers import SentenceLayer, waves
from .sentence_pooling import pool_sentences
from .sentence_statistics import N_STATISTICS, statistics_of

SentenceClassifierModel: TypeAlias = HeadModel[SentenceScores]


class SentenceClassifierModule(HeadModule):
    """A linear layer from sentence vectors to narrower ones, transformer layers over the sentences of a Doc, `output`.

    hidden (int): Width of the layers, even.
    n_layers, n_heads (int): Of the transformer, 0 or more, and such as divides `hidden`.
    dropout (float): In [0, 1), in training.
    statistics (bool): Whether the sentences' statistics are added to their vectors, see `statistics_of`.
    """

    statistics: nn.Linear | None

    def __init__(
        self, width: int, *, hidden: int, n_layers: int, n_heads: int, dropout: float, statistics: bool
    ) -> None:
        super().__init__()
        self.dropout = dropout
        self.norm = nn.LayerNorm(width)
        self.narrow = nn.Linear(width, hidden)
        self.statistics = nn.Linear(N_STATISTICS, hidden) if statistics else None
        self.layers = nn.ModuleList(SentenceLayer(hidden, n_heads=n_heads, dropout=dropout) for _ in range(n_layers))
        self.output_norm = nn.LayerNorm(hidden)
        self.output = new_linear(hidden, 1)

    @property
    def width(self) -> int:
        return self.narrow.in_features

    @property
    def n_outputs(self) -> int:
        return 1

    @torch.no_grad()
    def start_from(self, logits: np.ndarray) -> None:
        self.output.bias.copy_(torch.from_numpy(logits))

    def forward(self, vectors: Tensor, statistics: Tensor, *, is_train: bool) -> Tensor:
        """Logits of the sentences of one Doc: (n_sentences,).

        vectors, statistics: (n_sentences, width), (n_sentences, N_STATISTICS).
        """
        hidden = self.narrow(dropout(self.norm(vectors), self.dropout, training=is_train))
        if self.statistics is not None:
            hidden = hidden + self.statistics(statistics)
        if len(self.layers):
            hidden = hidden + waves(hidden.shape[0], hidden.shape[1], hidden)
        for layer in self.layers:
            hidden = layer(hidden, is_train=is_train)
        logits: Tensor = self.output(self.output_norm(hidden))[:, 0]
        return logits


@dataclass
class SentenceClassifier(Head[SentenceClassifierModule, SentenceScores]):
    """hidden, n_layers, n_heads, dropout, statistics: See `SentenceClassifierModule`.

    component: Its name, for messages. Set by the component.
    """

    hidden: int
    n_layers: int
    n_heads: int
    dropout: float
    statistics: bool
    component: str = ""

    name: ClassVar[str] = "sentence_classifier"
    n_outputs: ClassVar[int | None] = 1

    def new_module(self, width: int, n_outputs: int) -> SentenceClassifierModule:
        return SentenceClassifierModule(
            width,
            hidden=self.hidden,
            n_layers=self.n_layers,
            n_heads=self.n_heads,
            dropout=self.dropout,
            statistics=self.statistics,
        )

    def saved_width(self, weights: dict[str, Tensor]) -> int:
        return weights.get("narrow.weight", weights["output.weight"]).shape[1]

    def scores(
        self, module: SentenceClassifierModule, docs: Sequence[Doc], encoded: Encoded, *, is_train: bool
    ) -> SentenceScores:
        """Doc by Doc, so that the scores of a Doc do not depend on its company."""
        sentences = sentences_of(docs, self.component)
        sizes = sentences.per_doc.tolist()
        vectors = pool_sentences(encoded, sentences).split(sizes)
        told = statistics_of(docs, sentences) if self.statistics else np.zeros((sum(sizes), 0), dtype=np.float32)
        of_docs = to_device(told, encoded.device).split(sizes)
        # Copied, since rounding may depend on where in memory an array begins.
        logits = [
            module(of_vectors.clone(), read.clone(), is_train=is_train)
            for of_vectors, read in zip(vectors, of_docs)
            if len(of_vectors)
        ]
        return SentenceScores(
            torch.cat(logits) if logits else module.output.bias[:0],
            sentences.first,
            sentences.last,
            sentences_per_doc=sentences.per_doc,
            tokens_per_doc=sentences.tokens_per_doc,
            tokens=tokens_of_all(docs),
        )

    def tensors(self, scores: SentenceScores) -> tuple[Tensor, ...]:
        return (scores.logits,)


def sentence_head_of(model: SentenceClassifierModel) -> SentenceClassifier:
    """The head of a Model. RAISES (ValueError): It gives no scores of sentences."""
    head: Head[Any, Any] = head_of(model)
    if not isinstance(head, SentenceClassifier):
        raise ValueError(Errors.B466.format(name=model.name))
    return head


def sentence_module_of(model: SentenceClassifierModel) -> SentenceClassifierModule:
    """The module of a head. RAISES (ValueError): There is none yet, or one that gives no scores of sentences."""
    module = head_module_of(model)
    if not isinstance(module, SentenceClassifierModule):
        raise ValueError(Errors.B466.format(name=model.name))
    return module
