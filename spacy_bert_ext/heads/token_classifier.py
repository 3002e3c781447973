"""Docs → tag scores: token vectors through the head's module, and for the CRF the scores of tag pairs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias, TypeVar

import torch
from spacy.tokens import Doc
from torch import Tensor, nn

from ..arrays.transfer import to_device
from ..encoder.output import Encoded
from ..errors import Errors
from ..kernels.dropout import dropout
from ..tagging.tag_scores import TagScores
from .casing import CasedModule, cases_of, parts_of_cases
from .model import Head, HeadModel, head_of
from .module import LinearHead, TagModule
from .parts import rows_of_parts
from .pooling import pool_tokens

TagModuleT = TypeVar("TagModuleT", bound=TagModule)
TokenClassifierModel: TypeAlias = HeadModel[TagScores]


class TokenClassifierModule(LinearHead, CasedModule, TagModule):
    """Dropout and one linear layer.

    dropout (float): In [0, 1), on token vectors in training.
    crf (bool): Whether there are scores of tag pairs, and of tags at either end of a Doc.
    casing (bool): Whether learned vectors of how a token and its neighbours are written are added to its own.
    """

    start: nn.Parameter | None
    end: nn.Parameter | None
    between: nn.Parameter | None

    def __init__(self, width: int, n_tags: int, *, dropout: float, crf: bool, casing: bool) -> None:
        super().__init__(width, n_tags)
        self.dropout = dropout
        self.start_casing(width, casing)
        for name, shape in (("start", (n_tags,)), ("end", (n_tags,)), ("between", (n_tags, n_tags))):
            self.register_parameter(name, nn.Parameter(torch.zeros(shape)) if crf else None)

    def forward(self, vectors: Tensor, *, is_train: bool) -> Tensor:
        """Logits: (n_taggable, n_tags)."""
        logits: Tensor = self.output(dropout(vectors, self.dropout, training=is_train))
        return logits

    def pair_scores(self) -> tuple[Tensor, ...]:
        pairs = (self.start, self.end, self.between)
        return tuple(parameter for parameter in pairs if parameter is not None)

    def grow(self, names: Sequence[str], *, exclusive: bool) -> None:
        n_before = self.n_outputs
        super().grow(names, exclusive=exclusive)
        for name, old in zip(("start", "end", "between"), self.pair_scores()):
            # No pair with a new tag is better than those that there are.
            new = old.new_full([len(names)] * old.ndim, min(old.min().item(), 0.0))
            new[(slice(n_before),) * old.ndim] = old.detach()
            self.register_parameter(name, nn.Parameter(new))


@dataclass
class TokenHead(Head[TagModuleT, TagScores]):
    """What gives scores of tags.

    pooling: "first", "mean" or "max" of a token's pieces.
    casing: Whether the module adds vectors of how tokens are written.
    crf: Whether there are scores of tag pairs. Set by the component.
    takes_crf: Whether it may be set.
    """

    pooling: str
    casing: bool = False
    crf: bool = False

    takes_crf: ClassVar[bool] = False

    def scores(self, module: TagModuleT, docs: Sequence[Doc], encoded: Encoded, *, is_train: bool) -> TagScores:
        pieces = encoded.pieces
        vectors = self._token_vectors(module, docs, encoded)
        logits = rows_of_parts((module(part, is_train=is_train) for part in vectors), int(pieces.taggable.sum()))
        tensors = (logits, *module.pair_scores())
        return TagScores(tensors, pieces.taggable, pieces.tokens_per_doc, pieces.tokens)

    def tensors(self, scores: TagScores) -> tuple[Tensor, ...]:
        return scores.tensors

    def _token_vectors(self, module: TagModuleT, docs: Sequence[Doc], encoded: Encoded) -> Iterator[Tensor]:
        """Of the taggable tokens, part by part of what is encoded: (n_taggable, width)."""
        parts = (pool_tokens(part, self.pooling) for part in encoded.parts())
        if not self.casing:
            return parts
        cases = to_device(cases_of(docs)[encoded.pieces.taggable], encoded.device)
        return (module.with_casing(*part) for part in parts_of_cases(parts, cases))


@dataclass
class TokenClassifier(TokenHead[TokenClassifierModule]):
    """dropout: In [0, 1), on token vectors in training."""

    dropout: float = 0.0

    name: ClassVar[str] = "token_classifier"
    takes_crf: ClassVar[bool] = True

    def new_module(self, width: int, n_outputs: int) -> TokenClassifierModule:
        return TokenClassifierModule(width, n_outputs, dropout=self.dropout, crf=self.crf, casing=self.casing)


def token_head_of(model: TokenClassifierModel) -> TokenHead[Any]:
    """The head of a Model. RAISES (ValueError): It gives no scores of tags."""
    head = head_of(model)
    if not isinstance(head, TokenHead):
        raise ValueError(Errors.B291.format(name=model.name))
    return head
