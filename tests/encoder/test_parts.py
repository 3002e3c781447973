"""A Doc of so many pieces that its vectors are not held."""

import numpy as np
import pytest
import torch
from spacy.tokens import Doc
from spacy.vocab import Vocab

from spacy_bert_ext.encoder.output import EncodedDocs, EncodedLongDoc
from spacy_bert_ext.heads.pooling import DOC_POOLINGS, pool_docs, pool_long_doc
from tests.tiny import make_docs, make_encoder

LONG_WORDS = [
    *["the", "president", "of", "Germany", "met", "the", "\n", "chancellor", "in", "Berlin"],
    "",
    " ",
    "unbelievableness",
] * 40


@pytest.fixture
def in_parts(monkeypatch):
    monkeypatch.setattr("spacy_bert_ext.encoder.predict.MAX_HELD_BYTES", 0)
    monkeypatch.setattr("spacy_bert_ext.encoder.predict.PART_PIECES", 70)


def test_parts_of_a_long_doc_have_the_vectors_of_the_whole(any_folder, in_parts, monkeypatch):
    model = make_encoder(any_folder, window_pieces=24, overlap_pieces=8)
    doc = Doc(Vocab(), words=[word for word in LONG_WORDS if word])
    parts = list(model.predict([doc]).parts())
    assert len(parts) > 4
    monkeypatch.setattr("spacy_bert_ext.encoder.predict.MAX_HELD_BYTES", 10**9)
    whole = model.predict([doc])
    assert list(whole.parts()) == [whole]
    for name in ("piece_vectors", "window_vectors"):
        torch.testing.assert_close(torch.cat([getattr(part, name) for part in parts]), getattr(whole, name))
    for i, array in enumerate(whole.pieces):
        joined = np.concatenate([part.pieces[i] for part in parts])
        assert joined.tolist() == array.tolist() if i in (0, 1, 4) else joined.sum() == array.sum()
    assert np.concatenate([part.pieces_per_window for part in parts]).tolist() == whole.pieces_per_window.tolist()
    for part in parts:
        assert part.pieces.per_token.sum() == part.pieces.per_doc[0] == len(part.pieces.ids) == len(part.piece_vectors)


@pytest.mark.parametrize("pooling", DOC_POOLINGS)
def test_a_long_doc_is_pooled_over_all_parts(bert_folder, in_parts, monkeypatch, pooling):
    model = make_encoder(bert_folder, window_pieces=24, overlap_pieces=8)
    doc = Doc(Vocab(), words=[word for word in LONG_WORDS if word])
    query = 10 * torch.randn(model.get_dim("nO"))
    found = pool_long_doc(model.predict([doc]), pooling, query, torch.sin)
    monkeypatch.setattr("spacy_bert_ext.encoder.predict.MAX_HELD_BYTES", 10**9)
    torch.testing.assert_close(found, pool_docs(model.predict([doc]), pooling, query, torch.sin), atol=1e-5, rtol=1e-5)


def test_only_a_doc_by_itself_is_encoded_in_parts(bert_folder, in_parts):
    model = make_encoder(bert_folder)
    docs = make_docs("the of", "met the")
    assert isinstance(model.predict(docs), EncodedDocs)
    assert isinstance(model.predict(docs[:1]), EncodedLongDoc)
