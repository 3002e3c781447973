"""A head that reads something else than its Docs: how well a title, which each Doc is given, fits its text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example
from torch import Tensor

from spacy_bert_ext.encoder.output import Encoded
from spacy_bert_ext.encoder.readings import TextPairs
from spacy_bert_ext.explanation.explained import Explained
from spacy_bert_ext.heads.model import Head, head_model
from spacy_bert_ext.heads.module import LinearHead
from spacy_bert_ext.losses.controls import LossControls
from spacy_bert_ext.losses.loss import Loss
from spacy_bert_ext.pipeline.bert_head import BertHead
from spacy_bert_ext.pipeline.reading import key_of
from spacy_bert_ext.sharing.listener import EncoderListener

FITS = {"the sea": 1.0, "of war": 0.0, "a town": 1.0}  # titles


class MatchModule(LinearHead):
    def forward(self, encoded: Encoded) -> Tensor:
        return self.output(encoded.window_vectors)[:, 0]


@dataclass
class MatchHead(Head[MatchModule, Tensor]):
    name: ClassVar[str] = "match"
    n_outputs: ClassVar[int | None] = 1
    reads_docs: ClassVar[bool] = False

    def new_module(self, width: int, n_outputs: int) -> MatchModule:
        return MatchModule(width, n_outputs)

    def scores(self, module: MatchModule, texts: TextPairs, encoded: Encoded, *, is_train: bool) -> Tensor:
        return module(encoded)

    def tensors(self, scores: Tensor) -> tuple[Tensor, ...]:
        return (scores,)


class TitleMatcher(BertHead):
    """Keeps its guess in `doc.user_data["fits"]`."""

    given = ("title",)

    def initialize(self, get_examples, *, nlp: Language | None = None) -> None:
        self.model.initialize()
        self.upstream.join()

    def reading(self, docs: Sequence[Doc]) -> TextPairs:
        titles = [Doc(self.vocab, words=[doc.user_data.get(key_of("title"), "untitled")]) for doc in docs]
        return TextPairs(docs, [text for pair in zip(titles, docs) for text in pair])

    def decode(self, raw_scores: Tensor) -> list[float]:
        return raw_scores.tolist()

    def set_annotations(self, docs: Sequence[Doc], guesses: Sequence[float]) -> None:
        for doc, guess in zip(docs, guesses):
            doc.user_data["fits"] = guess

    def explained(self, text: Doc | Span, label: str | None, raw_scores: Tensor) -> Explained:
        return Explained("fits", "fit", lambda scores: scores)

    def get_loss(self, examples: Iterable[Example], scores: Tensor) -> Loss:
        wrong = scores.detach() - torch.tensor([FITS[eg.predicted.user_data[key_of("title")]] for eg in examples])
        return Loss(float((wrong**2).mean()), (2 * wrong / len(wrong),), len(wrong))


def score_matches(examples: Iterable[Example], **kwargs) -> dict[str, float]:
    return {"fits": sum(eg.predicted.user_data["fits"] for eg in examples)}


@Language.factory("title_matcher")
def make_title_matcher(nlp: Language, name: str) -> TitleMatcher:
    model = head_model(MatchHead(), EncoderListener("*"))
    return TitleMatcher(nlp.vocab, model, name, controls=LossControls(), scorer=score_matches)


def titled(examples: Sequence[Example]) -> list[Example]:
    """The same examples, with a title each."""
    for eg, title in zip(examples, FITS):
        eg.predicted.user_data[key_of("title")] = title
    return list(examples)
