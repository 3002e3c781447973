"""Vectors must be those of transformers' AutoModel on the same pieces, however Docs are cut and batched."""

import pytest
import torch
from spacy.tokens import Doc
from spacy.vocab import Vocab

from spacy_bert_ext import with_context
from spacy_bert_ext.encoder.model import (
    max_batch_pieces_of,
    set_max_batch_pieces,
)
from spacy_bert_ext.encoder.plan import plan_docs
from spacy_bert_ext.encoder.predict import predict
from spacy_bert_ext.encoder.train import encode_with_gradients
from tests.encoder.limited_memory import ERRORS, limit_memory
from tests.encoder.peer import SENTENCES, Peer, check, one_piece_words
from tests.tiny import WIDTH, make_docs, make_encoder, without_dropout


def test_one_window_has_the_hidden_states_of_automodel(any_folder):
    docs = make_docs(SENTENCES[0])
    encoded = make_encoder(any_folder).predict(docs)
    check(encoded, Peer(any_folder), docs)
    assert encoded.piece_vectors.std(0).min() > 0.1  # the comparison means something


@pytest.mark.parametrize("max_batch_pieces", [1, 100, 8192])
def test_a_batch_of_differing_lengths_has_the_hidden_states_of_automodel(any_folder, max_batch_pieces):
    docs = make_docs("Berlin", SENTENCES[0], "", "What is the weather ?", SENTENCES[4], "the")
    docs.append(Doc(docs[0].vocab, words=[" "]))
    model = make_encoder(any_folder)
    set_max_batch_pieces(model, max_batch_pieces)
    encoded = model.predict(docs)
    check(encoded, Peer(any_folder), docs)
    assert encoded.windows_per_doc.tolist() == [1] * 7
    assert max_batch_pieces_of(model) == max_batch_pieces


def test_awkward_docs_have_the_hidden_states_of_automodel(any_folder, awkward_docs):
    peer = Peer(any_folder)
    short = [doc for doc in awkward_docs if len(doc.text) < 100]
    assert len(short) == len(awkward_docs) - 1
    check(make_encoder(any_folder).predict(short), peer, short)


def test_no_docs_give_no_vectors(bert_folder):
    model = make_encoder(bert_folder)
    for encoded in (model.predict([]), model.begin_update([])[0]):
        assert encoded.piece_vectors.shape == encoded.window_vectors.shape == (0, WIDTH)
        assert encoded.n_docs == 0


def test_vectors_of_a_long_doc_come_from_the_windows_that_own_them(any_folder):
    """The windows are made by hand: 22 pieces each, 6 of them shared; each token is one piece.

    start      0        16        32 ...
    see        0-21     16-37     32-53 ...
    own        0-18     19-34     35-50 ...     from the middle of the overlap on
    """
    peer = Peer(any_folder)
    doc = Doc(Vocab(), words=one_piece_words(peer, 100))
    pieces = peer.pieces(doc)
    starts = [0, 16, 32, 48, 64, 80]
    hidden = [peer.hidden(pieces[start : start + 22]) for start in starts]
    expected = [hidden[0][1 : 1 + 19]]
    for states in hidden[1:-1]:
        expected.append(states[1 + 3 : 1 + 19])
    expected.append(hidden[-1][1 + 3 : -1])
    encoded = make_encoder(any_folder, window_pieces=24, overlap_pieces=6).predict([*make_docs("the of"), doc])
    of_doc = encoded.select(1, 2)
    assert of_doc.windows_per_doc.tolist() == [6]
    assert of_doc.pieces_per_window.tolist() == [19, 16, 16, 16, 16, 17]
    torch.testing.assert_close(of_doc.piece_vectors, torch.cat(expected), atol=1e-5, rtol=0)
    torch.testing.assert_close(of_doc.window_vectors, torch.stack([h[0] for h in hidden]), atol=1e-5, rtol=0)


def test_a_token_longer_than_a_window_is_encoded_in_parts(roberta_folder):
    peer = Peer(roberta_folder)
    doc = make_docs("x" + "9876543210" * 5)[0]
    pieces = peer.pieces(doc)
    assert 42 < len(pieces) <= 63
    encoded = make_encoder(roberta_folder, window_pieces=23, overlap_pieces=0).predict([doc])
    parts = [pieces[:21], pieces[21:42], pieces[42:]]
    expected = torch.cat([peer.hidden(part)[1:-1] for part in parts])
    torch.testing.assert_close(encoded.piece_vectors, expected, atol=1e-5, rtol=0)


def test_padding_never_changes_vectors(any_folder):
    docs = make_docs("Berlin", *SENTENCES[:6])
    model = make_encoder(any_folder)
    together = model.predict(docs)
    for i, doc in enumerate(docs):
        alone = model.predict([doc])
        torch.testing.assert_close(together.select(i, i + 1).piece_vectors, alone.piece_vectors, atol=1e-5, rtol=0)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("error", ERRORS)
def test_out_of_memory_halves_batches_and_gives_the_same_vectors(bert_folder, error):
    docs = make_docs(*["the of and the"] * 10)  # 6 pieces each, special ones included
    model = make_encoder(bert_folder)
    set_max_batch_pieces(model, 60)
    expected = model.predict(docs)
    limit_memory(model, 18, error)
    # 60 and 30 are too many, 15 takes two windows at a time.
    with pytest.warns(UserWarning, match=r"B102.*batches of 60 padded pieces: going on with 15") as warned:
        found = model.predict(docs)
    assert len(warned) == 1
    torch.testing.assert_close(found.piece_vectors, expected.piece_vectors, atol=1e-5, rtol=0)
    torch.testing.assert_close(found.window_vectors, expected.window_vectors, atol=1e-5, rtol=0)
    assert max_batch_pieces_of(model) == 15
    model.predict(docs)  # remembered: no more warnings


@pytest.mark.parametrize("error", ERRORS)
def test_a_window_that_does_not_fit_alone_raises(bert_folder, error):
    model = make_encoder(bert_folder)
    limit_memory(model, 5, error)
    with pytest.raises(torch.OutOfMemoryError, match=r"B111.*cpu.*window of 6 pieces.*`window_pieces`"):
        model.predict(make_docs("the of and the"))


def test_other_errors_of_a_module_are_not_taken_for_it(bert_folder):
    model = make_encoder(bert_folder)
    limit_memory(model, 5, RuntimeError("something else"))
    with pytest.raises(RuntimeError, match="something else"):
        model.predict(make_docs("the of and the"))


def test_encode_leaves_the_budget_that_fitted(bert_folder):
    model = make_encoder(bert_folder)
    shim = model.shims[0]
    told = []
    encoded = predict(shim, plan_docs(shim, make_docs("the of")), max_batch_pieces=77, remember=told.append)
    assert told == []
    assert not encoded.piece_vectors.requires_grad
    assert encode_with_gradients(
        shim, plan_docs(shim, make_docs("the of")), max_batch_pieces=77
    ).piece_vectors.requires_grad


@pytest.mark.parametrize("pieces_from", ["tokens", "text"])
def test_a_doc_sees_what_stands_around_it(any_folder, pieces_from):
    docs = make_docs(SENTENCES[0], SENTENCES[1], SENTENCES[3])
    list(with_context([docs]))
    docs += make_docs("London calling", vocab=docs[0].vocab)  # which is told of nothing
    model = make_encoder(any_folder, context_pieces=9, pieces_from=pieces_from)
    encoded = model.predict(docs)
    tokenize = model.shims[0].loaded.tokenize
    of_doc = [tokenize([doc]).ids.tolist() for doc in docs]
    # A text before a Doc ends with its last word, the space behind it is no piece.
    before = [tokenize([without_last_space(doc)]).ids.tolist() for doc in docs]
    seen = [
        ([], of_doc[0], of_doc[1][:9]),
        (before[0][-5:], of_doc[1], of_doc[2][:4]),
        (before[1][-9:], of_doc[2], []),
        ([], of_doc[3], []),
    ]
    peer = Peer(any_folder)
    hidden = [peer.hidden(before + own + after) for before, own, after in seen]
    own = [h[1 + len(before) : 1 + len(before) + len(own)] for h, (before, own, _) in zip(hidden, seen)]
    torch.testing.assert_close(encoded.piece_vectors, torch.cat(own), atol=1e-5, rtol=0)
    torch.testing.assert_close(encoded.window_vectors, torch.stack([h[0] for h in hidden]), atol=1e-5, rtol=0)
    assert encoded.pieces.per_doc.tolist() == [len(ids) for ids in of_doc]
    without_dropout(model)
    torch.testing.assert_close(model.begin_update(docs)[0].piece_vectors, encoded.piece_vectors, atol=1e-5, rtol=0)


def without_last_space(doc: Doc) -> Doc:
    spaces = [bool(token.whitespace_) for token in doc]
    return Doc(doc.vocab, words=[token.text for token in doc], spaces=[*spaces[:-1], False])
