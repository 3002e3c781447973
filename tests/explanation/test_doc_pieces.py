"""Pieces of the explained Doc among those of several texts."""

import numpy as np
from spacy.tokens import Doc

from spacy_bert_ext.encoder.plan import plan_docs, plan_pairs
from spacy_bert_ext.encoder.readings import TextPairs, doc_tokens_of
from spacy_bert_ext.explanation.doc_pieces import pieces_of_tokens, windows_of
from tests.tiny import make_docs, make_encoder


def test_the_second_of_two_texts(bert_folder: str) -> None:
    shim = make_encoder(bert_folder).shims[0]
    (question,) = make_docs("the unbelievably")
    doc = Doc(question.vocab, words=["unbelievably", "\n", "the"])
    batches = plan_pairs(shim, [question, doc])
    n_long = int(batches.pieces.per_token[1])
    assert n_long > 1
    found = pieces_of_tokens(batches.pieces, doc_tokens_of(TextPairs([doc], [question, doc])), len(doc))
    assert found.start.tolist() == [1 + n_long, 1 + 2 * n_long, 1 + 2 * n_long]
    assert found.end.tolist() == [1 + 2 * n_long, 1 + 2 * n_long, 2 + 2 * n_long]
    assert found.taggable.tolist() == [True, False, True]
    assert found.is_own.tolist() == [False] * (1 + n_long) + [True] * (n_long + 1)
    assert found.all().tolist() == [1 + n_long, 2 + 2 * n_long]
    sums = found.per_token(np.arange(2 + 2 * n_long))
    assert sums.tolist() == [sum(range(1 + n_long, 1 + 2 * n_long)), 0, 1 + 2 * n_long]


def test_both_texts_are_of_one_doc(bert_folder: str) -> None:
    """Its second token, a border, is in neither."""
    shim = make_encoder(bert_folder).shims[0]
    (doc,) = make_docs("the | of the")
    first, second = make_docs("the", "of the")
    pairs = TextPairs([doc], [first, second], places=[np.array([0]), np.array([2, 3])])
    found = pieces_of_tokens(pairs.plan(shim).pieces, doc_tokens_of(pairs), len(doc))
    assert found.start.tolist() == [0, 0, 1, 2] and found.end.tolist() == [1, 0, 2, 3]
    assert found.taggable.tolist() == [True, False, True, True] and found.is_own.all()
    twice = pairs.repeated(2)
    assert doc_tokens_of(twice).tolist() == [0, 2, 3, 0, 2, 3] and list(twice.texts) == [first, second] * 2


def test_windows_that_give_tokens_their_vectors(bert_folder: str) -> None:
    shim = make_encoder(bert_folder, window_pieces=8, overlap_pieces=2).shims[0]
    docs = make_docs(" ".join(["the"] * 16))
    batches = plan_docs(shim, docs)
    pieces = pieces_of_tokens(batches.pieces, doc_tokens_of(docs), 16)
    owns = list(zip(batches.windows.own_start.tolist(), batches.windows.own_end.tolist()))
    assert windows_of(batches, pieces, None).tolist() == list(range(len(owns))) and len(owns) > 2
    for token in range(16):
        (window,) = windows_of(batches, pieces, (token, token + 1)).tolist()
        assert owns[window][0] <= token < owns[window][1]
