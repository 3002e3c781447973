"""The heads' models around an encoder of their own."""

import math

import pytest
import spacy
import torch
from spacy.tokens import Doc
from torch.nn import functional

from spacy_bert_ext.architectures import build_text_classifier_v1, build_token_classifier_v1
from spacy_bert_ext.encoder import predict
from spacy_bert_ext.encoder.model import EncoderModel
from spacy_bert_ext.heads.casing import cases_of
from spacy_bert_ext.heads.module import UNLIKELY, grown_linear
from spacy_bert_ext.heads.pooling import DOC_POOLINGS, TOKEN_POOLINGS, pool_docs, pool_tokens
from spacy_bert_ext.heads.text_classifier import TextClassifierModule
from spacy_bert_ext.heads.token_classifier import TokenClassifierModule, token_head_of
from tests.tiny import WIDTH, make_docs, make_encoder, without_dropout

NLP = spacy.blank("en")  # whose words know how they are written
DOCS = make_docs("the president of Germany", "", "Berlin")


@pytest.fixture
def encoder(bert_folder) -> EncoderModel:
    return make_encoder(bert_folder)


def make_tagger(encoder: EncoderModel, *, crf: bool, pooling: str = "mean", dropout: float = 0.0, casing: bool = False):
    model = build_token_classifier_v1(encoder, pooling, dropout, casing)
    token_head_of(model).crf = crf
    model.set_dim("nO", 5)
    model.initialize()
    return model


def make_categorizer(encoder: EncoderModel, pooling: str = "mean", dropout: float = 0.0):
    model = build_text_classifier_v1(encoder, pooling, dropout)
    model.set_dim("nO", 3)
    model.initialize()
    return model


@pytest.mark.parametrize("pooling", TOKEN_POOLINGS)
@pytest.mark.parametrize("crf", [False, True])
def test_tag_scores_are_a_linear_layer_over_token_vectors(encoder, pooling, crf):
    model = make_tagger(encoder, crf=crf, pooling=pooling)
    module: TokenClassifierModule = model.shims[0].module
    scores = model.predict(DOCS)
    expected = functional.linear(pool_tokens(encoder.predict(DOCS), pooling), module.output.weight, module.output.bias)
    torch.testing.assert_close(scores.logits, expected)
    assert scores.logits.shape == (5, 5)
    assert scores.lengths.tolist() == [4, 0, 1]
    assert [tuple(tensor.shape) for tensor in scores.tensors[1:]] == ([(5,), (5,), (5, 5)] if crf else [])
    assert not scores.logits.requires_grad


def test_casing_adds_vectors_of_how_tokens_and_their_neighbours_are_written(encoder):
    model = make_tagger(encoder, crf=False, casing=True)
    module: TokenClassifierModule = model.shims[0].module
    docs = [Doc(NLP.vocab, words=words) for words in (["The", "UN", " ", "met"], [], ["Berlin"])]
    without = model.predict(docs).logits
    torch.nn.init.normal_(module.casing)
    cases = torch.from_numpy(cases_of(docs))[[0, 1, 3, 4]]  # all but the blank one
    vectors = pool_tokens(encoder.predict(docs), "mean") + module.casing[cases].sum(1)
    found = model.predict(docs).logits
    torch.testing.assert_close(found, functional.linear(vectors, module.output.weight, module.output.bias))
    assert not torch.allclose(found, without)
    alone = torch.cat([model.predict([doc]).logits for doc in docs])
    torch.testing.assert_close(found, alone)


def test_casing_goes_along_with_the_parts_of_a_long_doc(encoder, monkeypatch):
    model = make_tagger(encoder, crf=False, casing=True)
    torch.nn.init.normal_(model.shims[0].module.casing)
    doc = Doc(NLP.vocab, words=["the", "UN", "of", "Germany", "\n"] * 100)
    whole = model.predict([doc]).logits
    monkeypatch.setattr(predict, "MAX_HELD_BYTES", 0)
    monkeypatch.setattr(predict, "PART_PIECES", 100)
    parts = model.predict([doc]).logits
    assert parts.shape == (400, 5)
    torch.testing.assert_close(parts, whole)


@pytest.mark.parametrize("pooling", DOC_POOLINGS)
def test_category_scores_are_a_linear_layer_over_document_vectors(encoder, pooling):
    model = make_categorizer(encoder, pooling)
    module: TextClassifierModule = model.shims[0].module
    assert (module.attention is not None) == (pooling == "attention")
    logits = model.predict(DOCS)
    assert (module.pooler is not None) == (pooling == "pooler")
    vectors = pool_docs(encoder.predict(DOCS), pooling, module.attention, module.pool_windows)
    torch.testing.assert_close(logits, functional.linear(vectors, module.output.weight, module.output.bias))
    assert logits.shape == (3, 3)


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


@pytest.mark.parametrize("build", [build_token_classifier_v1, build_text_classifier_v1])
@pytest.mark.parametrize("dropout", [-0.1, 1.0])
def test_a_dropout_that_is_no_share_is_refused(encoder, build, dropout):
    with pytest.raises(ValueError, match=r"B012.*`dropout = "):
        build(encoder, dropout=dropout)


def test_poolings_of_the_other_head_are_refused(encoder):
    with pytest.raises(ValueError, match=r"B010.*'attention'.*`pooling`"):
        build_token_classifier_v1(encoder, pooling="attention")
    with pytest.raises(ValueError, match=r"B010.*'first'.*`pooling`"):
        build_text_classifier_v1(encoder, pooling="first")


def test_new_outputs_are_rare_whatever_the_vector():
    linear = torch.nn.Linear(4, 3)
    vectors = 100 * torch.randn(1000, 4)
    together = grown_linear(linear, 5, exclusive=True)(vectors)
    torch.testing.assert_close(together[:, :3], linear(vectors))
    assert together.softmax(1)[:, 3:].max() <= math.exp(-UNLIKELY) / 3 + 1e-6
    alone = grown_linear(linear, 5, exclusive=False)(vectors)
    torch.testing.assert_close(alone[:, :3], linear(vectors))
    assert alone.sigmoid()[:, 3:].max() < 0.007
    bare = grown_linear(torch.nn.Linear(4, 3, bias=False), 5, exclusive=True)
    assert bare.bias is None and bare(vectors).softmax(1)[:, 3].max() <= 1 / 3 + 1e-6
