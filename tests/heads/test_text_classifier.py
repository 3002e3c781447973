"""Scores of categories by a head on an encoder of its own."""

import pytest
import torch
from torch.nn import functional

from spacy_bert_ext.encoder.readings import TextPairs
from spacy_bert_ext.heads.pooling import DOC_POOLINGS, pool_docs
from spacy_bert_ext.heads.text_classifier import TextClassifierModule
from tests.heads.classifiers import DOCS, make_categorizer
from tests.tiny import make_docs


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


def test_scores_of_pairs_are_those_of_both_texts(encoder):
    model = make_categorizer(encoder, "mean")
    module: TextClassifierModule = model.shims[0].module
    texts = make_docs("the of", "and in Berlin", "a", "the")
    pairs = TextPairs(texts[::2], texts)
    pieces = encoder.predict(pairs).piece_vectors
    vectors = torch.stack([pieces[:-2].mean(0), pieces[-2:].mean(0)])
    expected = functional.linear(vectors, module.output.weight, module.output.bias)
    torch.testing.assert_close(model.predict(pairs), expected)
