"""The one Model of all heads, shown with a head that has no labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import pytest
import torch
from spacy.tokens import Doc
from thinc.api import Adam, Model
from torch import Tensor

from spacy_bert_ext.encoder.output import Encoded
from spacy_bert_ext.heads.model import Head, head_model, head_module_of, head_of
from spacy_bert_ext.heads.module import LinearHead
from spacy_bert_ext.heads.pooling import pool_tokens
from spacy_bert_ext.heads.text_classifier import TextClassifier
from spacy_bert_ext.heads.token_classifier import token_head_of
from spacy_bert_ext.runtime.torch_shim import TorchShim
from tests.coded import raises_code
from tests.heads.classifiers import DOCS, make_categorizer, make_tagger
from tests.tiny import WIDTH, without_dropout


class EndsModule(LinearHead):
    def forward(self, vectors: Tensor) -> Tensor:
        return self.output(vectors)


@dataclass
class Ends(Head[EndsModule, Tensor]):
    """Whether a span starts, and whether one ends, at each token: no labels."""

    name: ClassVar[str] = "ends"
    n_outputs: ClassVar[int] = 2

    def new_module(self, width: int, n_outputs: int) -> EndsModule:
        return EndsModule(width, n_outputs)

    def scores(self, module: EndsModule, docs: Sequence[Doc], encoded: Encoded, *, is_train: bool) -> Tensor:
        return torch.cat([module(pool_tokens(part, "first")) for part in encoded.parts()])

    def tensors(self, scores: Tensor) -> tuple[Tensor, ...]:
        return (scores,)


def test_a_head_without_labels_sets_its_outputs_itself(encoder):
    model = head_model(Ends(), encoder)
    assert model.get_dim("nO") == 2
    model.initialize()
    assert model.get_dim("nI") == WIDTH
    scores = model.predict(DOCS)
    assert scores.shape == (5, 2) and not scores.requires_grad
    module = head_module_of(model)
    torch.testing.assert_close(scores, module.output(pool_tokens(encoder.predict(DOCS), "first")))


def test_it_learns_and_its_gradients_reach_the_encoder(encoder):
    model = head_model(Ends(), encoder)
    model.initialize()
    without_dropout(encoder)
    before = model.predict(DOCS)
    scores, backprop = model.begin_update(DOCS)
    backprop((torch.ones_like(scores),))
    assert any(weight.grad is not None for _, weight in encoder.shims[0].trainable_parameters())
    model.finish_update(Adam(0.01))
    assert (model.predict(DOCS) < before).all()


def test_the_module_comes_back_from_its_weights(encoder):
    model = head_model(Ends(), encoder)
    model.initialize()
    weights = head_module_of(model).state_dict()
    read = head_of(model).read_module(None, weights)
    assert (read.n_outputs, read.width) == (2, WIDTH)
    assert all(torch.equal(weight, weights[name]) for name, weight in read.state_dict().items())


def test_vectors_of_another_width_are_refused(encoder):
    model = head_model(Ends(), encoder)
    model.initialize()
    model.shims[0].module = EndsModule(WIDTH + 1, 2)
    with raises_code("B034"):
        model.predict(DOCS)


def test_a_model_without_a_head_of_ours_is_refused():
    with raises_code("B290"):
        head_of(Model("foreign", lambda model, docs, is_train: (docs, None)))
    foreign = Model("foreign", lambda model, docs, is_train: (docs, None), shims=[TorchShim("head")])
    foreign.shims[0].module = torch.nn.Linear(2, 2)
    with raises_code("B290"):
        head_module_of(foreign)


def test_a_head_that_gives_no_tags_is_refused_where_tags_are_needed(encoder):
    with raises_code("B291"):
        token_head_of(head_model(TextClassifier(pooling="mean", dropout=0.0), encoder))


def test_gradients_reach_head_and_encoder(encoder):
    without_dropout(encoder)
    for model in (make_tagger(encoder, crf=True), make_categorizer(encoder, "attention")):
        encoder.shims[0].module.zero_grad(set_to_none=True)
        scores, backprop = model.begin_update(DOCS)
        tensors = getattr(scores, "tensors", (scores,))
        backprop(tuple(torch.ones_like(tensor) for tensor in tensors))
        bias = model.shims[0].module.output.bias.grad
        assert bias.tolist() == [len(tensors[0])] * len(bias)
        assert encoder.shims[0].module.get_input_embeddings().weight.grad.any()


def test_dropout_is_for_training_only(encoder):
    without_dropout(encoder)
    for model in (make_tagger(encoder, crf=False, dropout=0.5), make_categorizer(encoder, dropout=0.5)):
        predicted, trained = (
            [getattr(scores, "logits", scores) for scores in (run(DOCS), run(DOCS))]
            for run in (model.predict, lambda docs, model=model: model.begin_update(docs)[0])
        )
        assert torch.equal(*predicted)
        assert not torch.allclose(*trained)


def test_a_head_for_vectors_of_another_width_is_refused(encoder):
    for model in (make_tagger(encoder, crf=False), make_categorizer(encoder)):
        model.shims[0].module.output = torch.nn.Linear(WIDTH + 1, 2)
        with pytest.raises(ValueError, match=r"B034.*width 33.*width 32"):
            model.predict(DOCS)
