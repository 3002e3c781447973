"""Log odds of sentences by a head on an encoder of its own."""

import pytest
import torch
from spacy.tokens import Doc

from spacy_bert_ext.heads.model import HeadModel, head_model
from spacy_bert_ext.heads.sentence_classifier import SentenceClassifier, sentence_head_of, sentence_module_of
from spacy_bert_ext.heads.text_classifier import TextClassifier
from tests.coded import raises_code
from tests.heads.sentence_docs import NLP, docs

SETTINGS = [
    {"hidden": 8, "n_layers": 2, "n_heads": 2, "dropout": 0.1, "statistics": True},
    {"hidden": 6, "n_layers": 1, "n_heads": 1, "dropout": 0.0, "statistics": False},
    {"hidden": 8, "n_layers": 0, "n_heads": 2, "dropout": 0.5, "statistics": True},
]


def make_model(encoder, settings: dict) -> HeadModel:
    model = head_model(SentenceClassifier(**settings), encoder)
    model.initialize()
    return model


@pytest.mark.parametrize("settings", SETTINGS)
def test_scores_of_a_doc_do_not_depend_on_its_company(encoder, settings: dict) -> None:
    model, texts = make_model(encoder, settings), docs()
    together = model.predict(texts)
    assert together.sentences_per_doc.tolist() == [5, 0, 1, 2] and together.logits.shape == (8,)
    alone = [model.predict([doc]).logits for doc in texts]
    assert torch.equal(together.logits, torch.cat(alone))
    assert torch.equal(model.predict(texts[::-1]).logits[-5:], together.logits[:5])


def test_sentences_know_of_each_other_through_layers_alone(encoder) -> None:
    for n_layers, knows in ((0, False), (1, True)):
        settings = {**SETTINGS[1], "n_layers": n_layers}
        module = sentence_module_of(make_model(encoder, settings))
        vectors, nothing = torch.randn(3, module.width), torch.zeros(3, 0)
        before = module(vectors, nothing, is_train=False)
        vectors[2] += 1
        after = module(vectors, nothing, is_train=False)
        assert torch.equal(before[:2], after[:2]) != knows and module.n_outputs == 1


@pytest.mark.parametrize("texts", [[], [Doc(NLP.vocab)], [Doc(NLP.vocab, words=[" "])]])
def test_without_sentences_there_are_no_scores(encoder, texts: list[Doc]) -> None:
    if texts:
        scores = make_model(encoder, SETTINGS[0]).predict(texts)
        assert scores.logits.shape == (0,) and scores.first.shape == (0,)


def test_gradients_reach_head_and_encoder(encoder) -> None:
    model = make_model(encoder, SETTINGS[0])
    scores, backprop = model.begin_update(docs())
    backprop((torch.ones_like(scores.logits),))
    module = sentence_module_of(model)
    assert all(parameter.grad is not None for parameter in module.parameters())


def test_other_heads_are_refused(encoder) -> None:
    model = head_model(TextClassifier("mean", 0.0), encoder)
    with raises_code("B466", match="text_classifier.*SentenceClassifier.v1"):
        sentence_head_of(model)
    model.set_dim("nO", 2)
    model.initialize()
    with raises_code("B466"):
        sentence_module_of(model)
