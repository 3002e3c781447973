"""spaCy's heads that listen by spacy-transformers' TransformerListener: what they are given, and their gradients."""

import gc
from typing import Any

import numpy as np
import pytest
from spacy.language import Language
from spacy.tokens import Doc
from thinc.api import reduce_mean

from spacy_bert_ext.interop.tok2vec_listener import tok2vec
from spacy_bert_ext.interop.trf_data import is_of
from tests.interop.spacy_heads import TRANSFORMER_LISTENER, make_initialized
from tests.interop.treebank import make_treebank
from tests.pipeline.pipelines import encoder_of
from tests.tiny import WIDTH

TransformerData = pytest.importorskip("spacy_transformers.data_classes", exc_type=ImportError).TransformerData
trfs2arrays = pytest.importorskip("spacy_transformers.layers.trfs2arrays").trfs2arrays


def encoded(nlp: Language, docs: list[Doc]) -> list[Any]:
    encoder = encoder_of(nlp)
    encoder.set_annotations(docs, encoder.predict(docs))
    return [doc._.trf_data for doc in docs]


# What Docs carry


@pytest.mark.parametrize("windows", [(128, 0), (24, 8)])
def test_vectors_of_tokens_are_those_of_our_own_listener(
    any_folder: str, awkward_docs: list[Doc], windows: tuple[int, int]
) -> None:
    window_pieces, overlap_pieces = windows
    settings = {"window_pieces": window_pieces, "overlap_pieces": overlap_pieces}
    nlp = make_initialized(any_folder, ["tagger"], listener=TRANSFORMER_LISTENER, **settings)
    docs = [*awkward_docs, *[nlp.make_doc(" ".join(doc.text for doc in make_treebank()))]]
    data = encoded(nlp, docs)
    ours = tok2vec(encoder_of(nlp).model, "mean", 1.0)
    ours.set_dim("nO", WIDTH)
    theirs = trfs2arrays(reduce_mean(), 1.0)
    for doc, found, expected in zip(docs, theirs.predict(data), ours.predict(docs)):
        if len(doc):
            np.testing.assert_allclose(found, expected, atol=1e-5, err_msg=doc.text)


def test_data_is_valid(bert_folder: str) -> None:
    nlp = make_initialized(bert_folder, ["tagger"], listener=TRANSFORMER_LISTENER, window_pieces=12, overlap_pieces=4)
    doc = nlp.make_doc("Angela Merkel visited Barack Obama in Washington . The president of Germany")
    (data,) = encoded(nlp, [doc])
    hidden, pieces = data.model_output.last_hidden_state, data.wordpieces
    n_spans, length, width = hidden.shape
    assert n_spans > 1 and width == data.width == WIDTH
    assert pieces.input_ids.shape == pieces.attention_mask.shape == (n_spans, length)
    assert pieces.lengths == pieces.attention_mask.sum(1).tolist() and max(pieces.lengths) == length
    assert all(row[0] == "[CLS]" and len(row) == length for row in pieces.strings)
    strings = np.array(pieces.strings).reshape(-1)
    of_tokens = [strings[data.align[i].dataXd.reshape(-1)].tolist() for i in range(len(doc))]
    tokenizer = encoder_of(nlp).shim.checkpoint.tokenizer
    assert of_tokens == [tokenizer.tokenize(token.text) for token in doc]
    window_vectors = encoder_of(nlp).model.predict([doc]).window_vectors.numpy()
    np.testing.assert_allclose(hidden[:, 0], window_vectors, atol=1e-5)
    again = TransformerData.empty().from_bytes(data.to_bytes())
    np.testing.assert_array_equal(again.model_output.last_hidden_state, hidden)


def test_a_long_doc_in_parts_gets_the_same_data(listening: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    docs = [listening.make_doc(" ".join(doc.text for doc in make_treebank() * 20)) for _ in range(2)]
    (expected,) = encoded(listening, docs[:1])
    monkeypatch.setattr("spacy_bert_ext.encoder.predict.MAX_HELD_BYTES", 0)
    monkeypatch.setattr("spacy_bert_ext.encoder.predict.PART_PIECES", 100)
    (found,) = encoded(listening, docs[1:])
    np.testing.assert_allclose(found.model_output.last_hidden_state, expected.model_output.last_hidden_state, atol=1e-5)
    np.testing.assert_array_equal(found.align.dataXd, expected.align.dataXd)


def test_docs_carry_data_when_a_listener_needs_it(listening: Language) -> None:
    docs = list(listening.pipe(["Angela Merkel", "", "  "]))
    assert [isinstance(doc._.trf_data, TransformerData) for doc in docs] == [True] * 3
    assert [len(doc._.trf_data.align.lengths) for doc in docs] == [len(doc) for doc in docs]


def test_docs_carry_none_when_no_listener_needs_it(bert_folder: str, listening: Language) -> None:
    nlp = make_initialized(bert_folder, ("tagger", "bert_ner"))
    assert nlp("Angela Merkel")._.trf_data is None
    listening.remove_pipe("tagger")
    gc.collect()
    assert listening("Angela Merkel")._.trf_data is None


# Tokens that are merged and split in between


def test_docs_from_bytes_are_known_by_the_number_of_their_tokens(listening: Language) -> None:
    doc = Doc(listening.vocab).from_bytes(listening("Angela Merkel visited").to_bytes())
    assert doc._.trf_data is not None and is_of(doc._.trf_data, doc)
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[:2])
    assert not is_of(doc._.trf_data, doc)
