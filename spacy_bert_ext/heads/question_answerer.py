"""Questions beside texts → what answers are scored by, see `questions/answer_scores.py`."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar, TypeAlias

import numpy as np
import torch
from torch import Tensor, nn

from ..arrays.transfer import to_device
from ..encoder.output import Encoded
from ..encoder.readings import TextPairs
from ..errors import Errors
from ..kernels.dropout import dropout
from ..questions.answer_scores import AnswerScores
from ..types import Ints1d
from .model import Head, HeadModel, head_of
from .module import LinearHead

QuestionAnswererModel: TypeAlias = HeadModel[AnswerScores]
N_OUTPUTS = 2  # the first and the last piece of an answer


@dataclass(frozen=True, eq=False, kw_only=True)
class AskedTexts(TextPairs):
    """Questions and the Docs that they are asked.

    names: Of the questions: (n_pairs,).
    pairs_per_doc: How many questions each Doc is asked: (n_docs,).
    """

    names: tuple[str, ...]
    pairs_per_doc: Ints1d

    def repeated(self, n: int) -> "AskedTexts":
        pairs_per_doc = np.tile(self.pairs_per_doc, n)
        return replace(
            self, docs=[*self.docs] * n, texts=[*self.texts] * n, names=self.names * n, pairs_per_doc=pairs_per_doc
        )


class QuestionAnswererModule(LinearHead):
    """A linear layer, `output`, from the vector of a piece to its logits as the first and the last one of an answer.

    dropout (float): In [0, 1), on vectors in training.
    """

    def __init__(self, width: int, n_outputs: int, *, dropout: float) -> None:
        super().__init__(width, n_outputs)
        self.dropout = dropout

    def forward(self, vectors: Tensor, *, is_train: bool) -> Tensor:
        """Logits of vectors (n, width): (n, 2)."""
        logits: Tensor = self.output(dropout(vectors.float(), self.dropout, training=is_train))
        return logits


@dataclass
class QuestionAnswerer(Head[QuestionAnswererModule, AnswerScores]):
    """dropout: See `QuestionAnswererModule`."""

    dropout: float

    name: ClassVar[str] = "question_answerer"
    n_outputs: ClassVar[int | None] = N_OUTPUTS
    reads_docs: ClassVar[bool] = False

    def new_module(self, width: int, n_outputs: int) -> QuestionAnswererModule:
        return QuestionAnswererModule(width, n_outputs, dropout=self.dropout)

    def scores(
        self, module: QuestionAnswererModule, texts: AskedTexts, encoded: Encoded, *, is_train: bool
    ) -> AnswerScores:
        pieces = encoded.pieces
        is_text = np.arange(len(pieces.per_doc)) % 2 == 1  # after each question
        tokens = np.repeat(is_text, pieces.tokens_per_doc)
        parts = list(encoded.parts())
        of_pieces = torch.cat([module(part.piece_vectors, is_train=is_train) for part in parts])
        rows = np.flatnonzero(np.repeat(is_text, pieces.per_doc))
        return AnswerScores(
            pieces=of_pieces.index_select(0, to_device(rows, encoded.device)),
            windows=torch.cat([module(part.window_vectors, is_train=is_train) for part in parts]),
            windows_per_pair=np.concatenate([part.windows_per_doc for part in parts])[is_text],
            tokens_per_pair=pieces.tokens_per_doc[is_text],
            pieces_per_window=np.concatenate([part.pieces_per_window for part in parts]),
            pieces_per_token=pieces.per_token[tokens],
            taggable=pieces.taggable[tokens],
            names=texts.names,
            pairs_per_doc=texts.pairs_per_doc,
            tokens=pieces.tokens[tokens],
        )

    def tensors(self, scores: AnswerScores) -> tuple[Tensor, ...]:
        return scores.pieces, scores.windows


def module_of_layer(layer: nn.Linear) -> QuestionAnswererModule:
    """A module with the weights of a trained layer, from vectors of pieces to two logits each."""
    module = QuestionAnswererModule(layer.in_features, N_OUTPUTS, dropout=0.0)
    module.output = layer
    return module


def check_answerer(model: QuestionAnswererModel) -> None:
    """RAISES (ValueError): The Model gives no scores of answers."""
    head: Head[Any, Any] = head_of(model)
    if not isinstance(head, QuestionAnswerer):
        raise ValueError(Errors.B431.format(name=model.name))
