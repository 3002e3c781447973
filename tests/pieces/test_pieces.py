"""Pieces belong to the tokens that they were made of."""

import numpy as np
from spacy.tokens import Doc
from spacy.vocab import Vocab

from spacy_bert_ext.pieces.pieces import Pieces
from spacy_bert_ext.pieces.tokens import tokens_of_all

VOCAB = Vocab()
DOCS = [Doc(VOCAB, words=["a", "b"]), Doc(VOCAB, words=[]), Doc(VOCAB, words=["c"])]
PIECES = Pieces(
    ids=np.array([5, 6, 7, 8]),
    per_token=np.array([1, 2, 1]),
    per_doc=np.array([3, 0, 1]),
    tokens_per_doc=np.array([2, 0, 1]),
    taggable=np.array([True, True, True]),
    tokens=tokens_of_all(DOCS),
)


def test_of_all_docs_or_of_a_run_of_them():
    assert PIECES.are_of(DOCS)
    assert PIECES.are_of(DOCS[:2]) and PIECES.are_of(DOCS[1:], first=1) and PIECES.are_of(DOCS[2:], first=2)
    assert PIECES.are_of([])


def test_not_of_others():
    assert not PIECES.are_of(DOCS[1:])
    assert not PIECES.are_of(DOCS[:1], first=2)
    assert not PIECES.are_of([Doc(VOCAB, words=["a", "c"])])


def test_of_docs_that_come_several_times():
    found = PIECES.at(np.array([2, 0, 1, 0]))
    assert found.ids.tolist() == [8, 5, 6, 7, 5, 6, 7] and found.per_token.tolist() == [1, 1, 2, 1, 2]
    assert found.per_doc.tolist() == [1, 3, 0, 3] and found.tokens_per_doc.tolist() == [1, 2, 0, 2]
    assert found.are_of([DOCS[2], DOCS[0], DOCS[1], DOCS[0]]) and found.taggable.tolist() == [True] * 5
