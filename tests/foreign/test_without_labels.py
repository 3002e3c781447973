"""A head without labels: it learns one number for each Doc from its encoder, like any other head."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
import torch
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from torch import Tensor

from spacy_bert_ext.encoder.output import Encoded
from spacy_bert_ext.heads.model import Head, head_model
from spacy_bert_ext.heads.module import LinearHead
from spacy_bert_ext.losses.controls import LossControls
from spacy_bert_ext.losses.loss import Loss
from spacy_bert_ext.pipeline.bert_head import BertHead
from spacy_bert_ext.sharing.listener import EncoderListener
from tests.coded import raises_code
from tests.pipeline.comparing import changed, weights_of
from tests.pipeline.pipelines import adamw, encoder_of, make_initialized

GOLD = {"three words here": 3.0, "one": 1.0, "these are five words now": 5.0}


class LengthModule(LinearHead):
    def forward(self, encoded: Encoded) -> Tensor:
        return self.output(encoded.window_vectors)[:, 0]


@dataclass
class LengthHead(Head[LengthModule, Tensor]):
    name: ClassVar[str] = "length"
    n_outputs: ClassVar[int | None] = 1

    def new_module(self, width: int, n_outputs: int) -> LengthModule:
        return LengthModule(width, n_outputs)

    def scores(self, module: LengthModule, docs: Sequence[Doc], encoded: Encoded, *, is_train: bool) -> Tensor:
        return module(encoded)

    def tensors(self, scores: Tensor) -> tuple[Tensor, ...]:
        return (scores,)


class LengthGuesser(BertHead):
    """Keeps its guess in `doc.user_data`."""

    def initialize(self, get_examples, *, nlp: Language | None = None) -> None:
        self.model.initialize()
        self.upstream.join()

    def decode(self, raw_scores: Tensor) -> list[float]:
        return raw_scores.tolist()

    def set_annotations(self, docs: Sequence[Doc], guesses: Sequence[float]) -> None:
        for doc, guess in zip(docs, guesses):
            doc.user_data["length"] = guess

    def get_loss(self, examples: Iterable[Example], scores: Tensor) -> Loss:
        wrong = scores - torch.tensor([GOLD[eg.reference.text] for eg in examples])
        return Loss(float((wrong**2).mean()), (2 * wrong / len(wrong),), len(wrong))


@Language.factory("length_guesser")
def make_length_guesser(nlp: Language, name: str) -> LengthGuesser:
    return LengthGuesser(
        nlp.vocab, head_model(LengthHead(), EncoderListener("*")), name, controls=LossControls(), scorer=None
    )


@pytest.fixture
def guessing(bert_folder: str) -> Language:
    nlp = make_initialized(bert_folder, ())
    nlp.add_pipe("length_guesser")
    nlp.initialize(lambda: examples_for(nlp))
    return nlp


def examples_for(nlp: Language) -> list[Example]:
    return [Example.from_dict(nlp.make_doc(text), {}) for text in GOLD]


def test_it_learns_with_the_shared_encoder(guessing: Language, tmp_path: Path) -> None:
    encoder = encoder_of(guessing)
    before, sgd = weights_of(encoder.shim.module), adamw()
    losses = [guessing.update(examples_for(guessing), sgd=sgd)["length_guesser"] for _ in range(60)]
    assert losses[-1] < 0.1 * losses[0] and changed(before, encoder.shim.module)
    found = [doc.user_data["length"] for doc in guessing.pipe(GOLD)]
    assert found == pytest.approx(list(GOLD.values()), abs=1)
    guesser = guessing.get_pipe("length_guesser")
    guesser.to_disk(tmp_path / "guesser")
    guesser.shim.module.output.weight.data.zero_()
    guesser.from_disk(tmp_path / "guesser")
    assert [doc.user_data["length"] for doc in guessing.pipe(GOLD)] == found


def test_it_refuses_what_it_does_not_answer(guessing: Language) -> None:
    with raises_code("B300", match="LengthGuesser"):
        guessing.get_pipe("length_guesser").exported()
