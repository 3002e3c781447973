"""Words in their text."""

import spacy
from hypothesis import given

from spacy_bert_ext.conversion.formats.conll_tags import Entity
from spacy_bert_ext.conversion.formats.conll_words import aligned, cut, joined, marked, text_of
from spacy_bert_ext.conversion.records import Mark, Words

from .made import TEXTS


def test_languages_without_blanks() -> None:
    assert text_of(joined(["a", "b"], "en")) == "a b" and text_of(joined(["你", "好"], "zh")) == "你好"
    assert joined([], "en") == Words((), (), False, ())


@given(TEXTS)
def test_tokens_are_those_of_spacy(text: str) -> None:
    """Of which the words are known."""
    doc = spacy.blank("xx")(text)
    found = aligned([token.text for token in doc if not token.is_space], text)
    assert found is not None and text_of(found[0]) == text
    assert found[0].texts == tuple(token.text for token in doc)
    assert found[0].spaces == tuple(bool(token.whitespace_) for token in doc)
    assert [found[0].texts[i] for i in found[1]] == [token.text for token in doc if not token.is_space]


def test_words_of_another_text_are_told() -> None:
    assert aligned(["a", "c"], "a b") is None and aligned(["a"], "a b") is None and aligned(["a", "b"], "a") is None


@given(TEXTS)
def test_cut_texts_are_whole(text: str) -> None:
    words = cut(text, [Mark(1, len(text), "x")])
    assert text_of(words) == text


def test_no_mark_ends_within_a_word() -> None:
    assert cut("abc, d2", [Mark(1, 2, "x")]).texts == ("a", "b", "c", ",", "d2")


def test_entities_of_words_are_marks() -> None:
    words = Words(("a", " ", "b", "c"), (True, False, True, False))  # "a  b c"
    assert marked(words, [0, 2, 3], [Entity(0, 0, "X"), Entity(1, 2, "Y")]) == (Mark(0, 1, "X"), Mark(3, 6, "Y"))
