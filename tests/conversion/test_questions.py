"""Answers on tokens: what is kept is what the source says, and what isn't is told."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import spacy
from hypothesis import given as drawn
from hypothesis import strategies as st
from spacy.tokens import Doc

from spacy_bert_ext.conversion.findings import Findings
from spacy_bert_ext.conversion.questions import QuestionOptions, answer_place, convert_questions
from spacy_bert_ext.conversion.squad import SourceAnswer
from tests.conversion.written import given, squad, write_lines

NLP = spacy.blank("en")
CONTEXT = "Ada Lovelace moved to Rome in 1843-44.  She liked it."


def convert(tmp_path: Path, qas: list[dict[str, Any]], **options: Any) -> tuple[list[Doc], Findings]:
    path = tmp_path / "squad.json"
    path.write_text(json.dumps(squad([{"context": CONTEXT, "qas": qas}])))
    findings = Findings()
    return list(convert_questions(path, NLP, QuestionOptions(**options), findings)), findings


def qa(name: str | None, *answers: str, start: int | None = None, question: str = "What?") -> dict[str, Any]:
    at = [CONTEXT.find(text) if start is None else start for text in answers]
    made = [{"text": text, "answer_start": i} for text, i in zip(answers, at)]
    return {"id": name, "question": question, "answers": made}


def answers_of(doc: Doc) -> list[tuple[str, str]]:
    return [(span.label_, span.text) for span in doc.spans["answers"]]


def test_a_doc_for_each_question(tmp_path: Path) -> None:
    docs, findings = convert(tmp_path, [qa("a", "Rome", "Ada Lovelace", "Rome"), qa("b")])
    assert [answers_of(doc) for doc in docs] == [[("a", "Rome"), ("a", "Ada Lovelace")], []]
    assert [given(doc, "questions") for doc in docs] == [{"a": "What?"}, {"b": "What?"}]
    assert "answers" in docs[1].spans  # annotated: there is no answer
    assert findings.counts == {"texts": 1, "questions": 2, "answers": 2, "without an answer": 1}
    assert not findings.faults


@pytest.mark.parametrize(("n", "sizes"), [(0, [3]), (2, [2, 1]), (1, [1, 1, 1])])
def test_questions_of_a_text_share_docs(tmp_path: Path, n: int, sizes: list[int]) -> None:
    docs, _ = convert(tmp_path, [qa(name, "Rome") for name in "abc"], max_questions=n)
    assert [len(given(doc, "questions")) for doc in docs] == sizes


def test_a_question_without_an_answer_that_fits_is_no_question_without_answer(tmp_path: Path) -> None:
    docs, findings = convert(tmp_path, [qa("a", "ome"), qa("b", "Rome", "ome"), qa("c", question=" ")])
    assert [answers_of(doc) for doc in docs] == [[("b", "Rome")]]
    assert findings.counts["questions left out"] == 2 and findings.counts["answers left out"] == 2
    assert [fault.place.rpartition(" ")[2] for fault in findings.faults] == ["a", "b", "c"]
    docs, findings = convert(tmp_path, [qa("a", "ome")], snap=True)
    assert answers_of(docs[0]) == [("a", "Rome")] and not findings.faults


def test_names_are_unique(tmp_path: Path) -> None:
    docs, findings = convert(tmp_path, [qa("a"), qa("a"), qa("a-2"), qa(None), qa(None)], max_questions=0)
    assert list(given(docs[0], "questions")) == ["a", "a-2", "a-2-2", "What?", "What?-2"]
    assert findings.counts["names changed"] == 3


def test_a_text_of_white_space_has_no_questions(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "rows.jsonl", [{"context": " \n", "question": "What?", "answers": []}])
    findings = Findings()
    assert not list(convert_questions(path, NLP, QuestionOptions(), findings))
    assert [fault.reason for fault in findings.faults] == ["the text is empty"]


@pytest.mark.parametrize(
    ("text", "start", "reason"),
    [
        ("", 0, "the answer is empty"),
        (" ", 3, "the answer is empty"),
        ("Ada", -1, "'Ada' at -1 is outside of the text of 53 characters"),
        ("it.", 51, "outside of the text"),
        ("Ada", 1, "'Ada' is not at 1: there the text has 'da '"),
        ("ada", 0, "'ada' is not at 0"),
        ("ome", 23, r"'ome' at 23 does not fit tokens, which are \['Rome'\]; `--snap` widens it to these"),
    ],
)
def test_answers_that_are_left_out(text: str, start: int, reason: str) -> None:
    found = answer_place(NLP.make_doc(CONTEXT), SourceAnswer(text, start), snap=False)
    assert isinstance(found, str) and re.search(reason, found)


def test_white_space_at_the_ends_is_no_part_of_an_answer() -> None:
    doc = NLP.make_doc(CONTEXT)
    start = CONTEXT.index("  She")
    place = answer_place(doc, SourceAnswer(CONTEXT[start : start + 6], start), snap=False)
    assert not isinstance(place, str) and doc[place[0] : place[1]].text == "She"


@drawn(st.text(max_size=40), st.integers(-2, 45), st.integers(0, 12), st.booleans())
def test_what_is_kept_is_what_the_source_says(context: str, start: int, length: int, snap: bool) -> None:
    doc = NLP.make_doc(context)
    text = context[max(start, 0) : max(start, 0) + length]
    place = answer_place(doc, SourceAnswer(text, start), snap=snap)
    if not text.strip():
        assert place == "the answer is empty"
    elif start < 0:
        assert "outside" in str(place)
    elif snap:
        assert not isinstance(place, str) and text.strip() in doc[place[0] : place[1]].text
    elif not isinstance(place, str):
        assert doc[place[0] : place[1]].text == text.strip()


@drawn(st.text(max_size=40), st.text(max_size=10), st.integers(-5, 50), st.booleans())
def test_wild_answers_are_kept_or_told(context: str, text: str, start: int, snap: bool) -> None:
    doc = NLP.make_doc(context)
    place = answer_place(doc, SourceAnswer(text, start), snap=snap)
    if not isinstance(place, str):
        assert context[start : start + len(text)] == text
        assert 0 <= place[0] < place[1] <= len(doc)
