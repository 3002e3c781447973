"""Texts that stand there more than once."""

import spacy

from spacy_bert_ext.conversion.repeats import Repeats, text_key

NLP = spacy.blank("en")


def test_case_and_blanks_make_no_other_text() -> None:
    assert text_key(NLP("The  End\n")) == text_key(NLP("the end")) != text_key(NLP("theend"))


def test_they_are_counted() -> None:
    repeats = Repeats()
    for text, part in (("a", "train"), ("b", "train"), ("A", "dev"), ("a", "train"), ("c", "dev"), ("b", "dev")):
        repeats.see(NLP(text), part)
    assert (repeats.n_repeated, repeats.n_shared) == (3, 2)
