"""What Docs are asked."""

import numpy as np
import pytest
import spacy
from spacy.tokens import Doc

from spacy_bert_ext.pipeline.questions.asking import ask, checked_answer_scores, chunks, define_questions, questions_of
from spacy_bert_ext.pipeline.questions.asking import read_questions as read
from spacy_bert_ext.questions.answer_scores import no_scores
from tests.coded import raises_code
from tests.tiny import make_docs

define_questions()


def test_questions_by_name_or_as_they_are():
    assert read({"A": "Who?"}, "here") == {"A": "Who?"}
    assert read(["Who?", "Where?"], "here") == {"Who?": "Who?", "Where?": "Where?"}
    assert read({}, "here") == {} == read([], "here")


@pytest.mark.parametrize(
    ("found", "code", "match"),
    [
        ("Who?", "B432", "here can't be asked: 'Who\\?'"),
        (3, "B432", "3"),
        ([" \n"], "B433", "here: the question "),
        (["\u200b\x00"], "B433", "something to read"),
        ({"A": None}, "B433", "'A' is None"),
        ({"": "Who?"}, "B434", "'Who\\?' has ''"),
        ({3: "Who?"}, "B434", "has 3"),
        (["Who?", "Where?", "Who?"], "B435", "'Who\\?' stands there twice"),
    ],
)
def test_what_is_no_question(found, code, match):
    with raises_code(code, match=match):
        read(found, "here")


def test_a_doc_has_its_own_questions_or_those_of_all():
    doc = spacy.blank("en").make_doc("Berlin is a city")
    assert questions_of(doc, {"A": "Who?"}) == {"A": "Who?"}
    doc._.questions = {}
    assert questions_of(doc, {"A": "Who?"}) == {}
    doc._.questions = [None]
    with raises_code("B433", match="`doc._.questions` of the Doc 'Berlin is a city'"):
        questions_of(doc, {})


def test_pairs():
    one, other = docs = make_docs("a text", "another one")
    asked = ask(docs, [{"A": "Who?", "B": "Where to?"}, {"A": "Who?"}])
    assert asked.texts[1::2] == [one, one, other] and asked.docs is docs
    assert [text.text for text in asked.texts[::2]] == ["Who?", "Where to?", "Who?"]
    assert [len(text) for text in asked.texts[::2]] == [1, 1, 1]
    assert asked.names == ("A", "B", "A") and asked.pairs_per_doc.tolist() == [2, 1]
    assert "Where to?" not in one.vocab.strings


def test_chunks_hold_a_bounded_number_of_pieces():
    docs = make_docs("a text", "a b c d e f", "a", "b")
    asked = ask(docs, [{"A": "Who?", "B": "Where?"}, {"A": "Who?"}, {}, {"A": "Who?"}])
    assert len(list(chunks(asked))) == 1
    parts = list(chunks(asked, 12))
    assert [part.names for part in parts] == [("A", "B"), ("A",), ("A",)]
    assert [text for part in parts for text in part.texts] == asked.texts
    assert [len(part.names) for part in chunks(asked, 1)] == [1, 1, 1, 1]
    assert list(chunks(ask(docs, [{}] * 4))) == []


def test_scores_of_nothing_are_of_nothing():
    asked = ask(make_docs("a"), [{}])
    assert checked_answer_scores(no_scores(np.array([0])), asked, "qa").n_pairs == 0
    with raises_code("B113", match="'qa'.*int"):
        checked_answer_scores(3, asked, "qa")


def test_what_others_have_defined_stays():
    before = Doc.get_extension("questions")
    define_questions()
    assert Doc.get_extension("questions") == before
