"""What stands in the windows of what a head reads."""

import numpy as np

from spacy_bert_ext.encoder.plan import plan_docs, plan_pairs
from spacy_bert_ext.encoder.readings import TextPairs, docs_of, plan_texts
from tests.tiny import make_docs, make_encoder


def test_docs_as_they_are(bert_folder: str) -> None:
    shim, docs = make_encoder(bert_folder).shims[0], make_docs("the of", "the")
    found, expected = (plan.make(np.arange(2)) for plan in (plan_texts(shim, docs), plan_docs(shim, docs)))
    assert found.ids.tolist() == expected.ids.tolist() and docs_of(docs) is docs


def test_pairs(bert_folder: str) -> None:
    shim, docs, texts = make_encoder(bert_folder).shims[0], make_docs("the"), make_docs("of the", "the")
    pairs = TextPairs(docs, texts)
    found, expected = (plan.make(np.arange(1)) for plan in (plan_texts(shim, pairs), plan_pairs(shim, texts)))
    assert found.ids.tolist() == expected.ids.tolist() and found.types.tolist() == expected.types.tolist()
    assert docs_of(pairs) is docs
