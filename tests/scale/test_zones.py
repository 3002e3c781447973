"""Threads share a zone; it ends when all have left, and does not go on for ever."""

import threading

import spacy

from spacy_bert_ext.scale import zones
from spacy_bert_ext.scale.zones import SharedZone


def test_words_are_forgotten_when_the_last_thread_leaves() -> None:
    nlp = spacy.blank("en")
    zone = SharedZone(nlp)
    with zone.entered(1):
        nlp("firstunknownword")
        with zone.entered(1):
            nlp("secondunknownword")
        assert "secondunknownword" in nlp.vocab.strings and nlp.vocab.in_memory_zone
    assert "firstunknownword" not in nlp.vocab.strings and not nlp.vocab.in_memory_zone


def test_a_zone_ends_when_an_error_leaves_it() -> None:
    nlp = spacy.blank("en")
    zone = SharedZone(nlp)
    try:
        with zone.entered(1):
            raise KeyError
    except KeyError:
        pass
    assert not nlp.vocab.in_memory_zone


def test_a_zone_with_many_texts_lets_nobody_in(monkeypatch) -> None:
    monkeypatch.setattr(zones, "MOST_TEXTS", 5)
    nlp = spacy.blank("en")
    zone, seen = SharedZone(nlp), []
    entered = threading.Event()

    def late() -> None:
        entered.set()
        with zone.entered(1):
            seen.append("firstunknownword" in nlp.vocab.strings)

    with zone.entered(5):
        nlp("firstunknownword")
        thread = threading.Thread(target=late)
        thread.start()
        entered.wait()
        thread.join(0.05)
        assert seen == []
    thread.join()
    assert seen == [False]
