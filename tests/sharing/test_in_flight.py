"""Vectors on their way to the heads: who holds them, and when they are let go."""

import gc
import weakref
from collections.abc import Sequence

import pytest
import spacy
from spacy.language import Language

from spacy_bert_ext.sharing import in_flight
from spacy_bert_ext.sharing.in_flight import VectorsInFlight
from tests.annotated import TEXTS
from tests.pipeline.comparing import assert_same
from tests.pipeline.pipelines import HEADS, encoder_config, encoder_of, head_of


def hold(nlp: Language, texts: Sequence[str] = TEXTS) -> tuple[list, weakref.ref]:
    """Docs that the encoder has just encoded, and a weak reference to their vectors."""
    encoder = encoder_of(nlp)
    docs = [nlp.make_doc(text) for text in texts]
    encoded = encoder.predict(docs)
    encoder.set_annotations(docs, encoded)
    return docs, weakref.ref(encoded.piece_vectors)


def test_vectors_go_when_the_last_head_has_used_them(trained: Language) -> None:
    docs, vectors = hold(trained)
    assert vectors() is not None and encoder_of(trained).shared.in_flight.n_held == 1
    *others, last = HEADS
    for name in others:
        list(head_of(trained, name).pipe(docs))
        assert vectors() is not None
    list(head_of(trained, last).pipe(docs))
    gc.collect()
    assert vectors() is None
    assert encoder_of(trained).shared.in_flight.n_held == 0


def test_nothing_is_held_after_a_stream(trained: Language) -> None:
    docs = list(trained.pipe(TEXTS * 10, batch_size=4))
    assert encoder_of(trained).shared.in_flight.n_held == 0
    assert len(docs) == 30


def test_vectors_go_with_their_docs(trained: Language) -> None:
    docs, vectors = hold(trained)
    del docs
    gc.collect()
    assert vectors() is None


def test_vectors_that_no_head_takes_are_bounded_in_buffers(trained: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_flight, "MAX_BUFFERS", 3)
    kept = [hold(trained, TEXTS[:1]) for _ in range(5)]
    gc.collect()
    assert [vectors() is not None for _, vectors in kept] == [False, False, True, True, True]
    assert encoder_of(trained).shared.in_flight.n_held == 3
    doc = kept[0][0][0]
    assert_same([head_of(trained, "bert_ner")(doc)], [doc])


def test_vectors_that_no_head_takes_are_bounded_in_pieces(trained: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    doc = trained.make_doc(TEXTS[0])
    n_pieces = len(encoder_of(trained).predict([doc]).pieces.ids)
    monkeypatch.setattr(in_flight, "MAX_PIECES", 2 * n_pieces)
    kept = [hold(trained, TEXTS[:1]) for _ in range(4)]
    gc.collect()
    assert [vectors() is not None for _, vectors in kept] == [False, False, True, True]
    # The last ones are held, however many they are.
    many, vectors = hold(trained, TEXTS * 2)
    assert vectors() is not None and encoder_of(trained).shared.in_flight.n_held == 1 and many and kept


def test_vectors_are_not_held_without_heads(bert_folder: str) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", config={"keep": "tokens", **encoder_config(bert_folder)})
    nlp.initialize()
    docs = list(nlp.pipe(TEXTS))
    assert len(docs) == 3
    assert encoder_of(nlp).shared.in_flight.n_held == 0


def test_held_vectors_do_not_enter_bytes(trained: Language) -> None:
    (doc,), _ = hold(trained, TEXTS[:1])
    assert doc.to_bytes() == trained.make_doc(TEXTS[0]).to_bytes()


def test_copies_hold_nothing(trained: Language) -> None:
    docs, _ = hold(trained)
    held = encoder_of(trained).shared.in_flight
    copied = held.__reduce__()[0](*held.__reduce__()[1])
    assert isinstance(copied, VectorsInFlight) and copied.n_held == 0
    assert held.n_held == 1 and docs
