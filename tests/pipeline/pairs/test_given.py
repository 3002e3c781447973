"""The two texts of a pair, however they are given."""

import numpy as np
import pytest
import spacy
from spacy.tokens import Doc

from spacy_bert_ext.pipeline.pairs.given import check_border, check_pair, docs_of_pairs, pair_of, parts_of
from tests.coded import raises_code

nlp = spacy.blank("en")


def texts_of(text: str, given: object = None, border: str | None = None) -> list[str] | None:
    pair = pair_of(nlp.make_doc(text), given, border, "head")
    return None if pair is None else [doc.text for doc in docs_of_pairs([pair])]


def test_the_second_text_is_given_as_text_or_doc():
    assert texts_of("a b", "c d") == texts_of("a b", nlp.make_doc("c d")) == ["a b", "c d"]
    assert texts_of("a b ||| c", "d", "|||") == ["a b ||| c", "d"]  # what is given goes first


@pytest.mark.parametrize("border", [None, "|||"])
def test_a_doc_with_one_text_has_no_pair(border):
    assert texts_of("a b", None, border) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a b ||| c d", ["a b", "c d"]),
        ("  a b  |||\nc d \n", ["a b", "c d"]),
        ("a b|||c d", ["a b", "c d"]),
        ("don't!|||it's", ["don't!", "it's"]),
    ],
)
def test_a_border_parts_a_doc(text, expected):
    assert texts_of(text, None, "|||") == expected


def test_parts_know_their_tokens_and_sentences():
    doc = Doc(nlp.vocab, words=["a", "b", "|||", "c", "d"], sent_starts=[True, False, True, False, True])
    first, second = parts_of(doc, "|||", "head")
    assert first.tokens.tolist() == [0, 1] and second.tokens.tolist() == [3, 4]
    assert [token.is_sent_start for token in second.text] == [False, True]
    assert np.array_equal(parts_of(Doc(nlp.vocab, words=["a|||b"]), "|||", "head")[1].tokens, [0])


@pytest.mark.parametrize("given", ["", "  \n", nlp.make_doc(""), nlp.make_doc(" ")])
def test_an_empty_second_text_is_refused(given):
    with raises_code("B452", match="'head'.*`doc._.pair` is empty"):
        texts_of("a b", given)


@pytest.mark.parametrize("text", ["", " "])
def test_an_empty_first_text_is_refused(text):
    with raises_code("B452", match="first text is empty.*'c'"):
        texts_of(text, "c")


@pytest.mark.parametrize(
    ("text", "what"), [("a b |||", "behind the border"), ("||| c", "first text"), ("|||", "first")]
)
def test_a_border_with_nothing_on_one_side_is_refused(text, what):
    with raises_code("B452", match=what):
        texts_of(text, None, "|||")


def test_two_borders_are_refused():
    with raises_code("B453", match=r"'\|\|\|' of 'head' more than once.*'a \|\|\| b \|\|\| c'"):
        texts_of("a ||| b ||| c", None, "|||")


@pytest.mark.parametrize("given", [3, ["c", "d"], {"c": "d"}, b"c"])
def test_what_is_no_text_is_refused(given):
    with raises_code("B451", match=f"'head'.*{type(given).__name__}.*a str or a Doc"):
        texts_of("a b", given)


@pytest.mark.parametrize("pair", ["ab", ("a",), ("a", "b", "c"), None])
def test_what_is_no_pair_is_refused(pair):
    with raises_code("B451", match="pair 7 is .*two texts"):
        check_pair(pair, "pair 7", "the second text")


def test_a_str_is_one_token_outside_of_the_vocabulary():
    first, second = docs_of_pairs([(nlp.make_doc("a b"), "never seen before, was it?")])
    assert [token.text for token in second] == ["never seen before, was it?"] and len(first) == 2
    assert second.text not in nlp.vocab.strings


@pytest.mark.parametrize("border", ["", "  ", 3, ["|||"]])
def test_what_is_no_border_is_refused(border):
    with raises_code("B010", match="border"):
        check_border(border)
