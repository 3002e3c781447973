"""Scores of tags by a head on an encoder of its own."""

import pytest
import torch
from spacy.tokens import Doc
from torch.nn import functional

from spacy_bert_ext.encoder import predict
from spacy_bert_ext.heads.casing import cases_of
from spacy_bert_ext.heads.pooling import TOKEN_POOLINGS, pool_tokens
from spacy_bert_ext.heads.token_classifier import TokenClassifierModule
from tests.heads.classifiers import DOCS, NLP, make_tagger


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
