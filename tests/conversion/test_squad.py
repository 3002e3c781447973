"""Formats of questions."""

import json
from pathlib import Path
from typing import Any

import pytest

from spacy_bert_ext.conversion.squad import AskedText, SourceAnswer, read_asked_texts
from tests.conversion.written import squad, write_lines

ANSWER = SourceAnswer("Rome", 8)
QA = {"id": "a", "question": "Where?", "answers": [{"text": "Rome", "answer_start": 8}]}


def read(tmp_path: Path, data: Any) -> list[AskedText]:
    path = tmp_path / "squad.json"
    path.write_text(json.dumps(data))
    return list(read_asked_texts(path))


def test_squad_1_and_2(tmp_path: Path) -> None:
    impossible = {"id": "b", "question": "Why?", "answers": [], "is_impossible": True, "plausible_answers": [{"x": 1}]}
    (text,) = read(tmp_path, squad([{"context": "Ada saw Rome", "qas": [{**QA, "is_impossible": False}, impossible]}]))
    assert text.context == "Ada saw Rome"
    assert [(one.name, one.text, one.answers, one.fault) for one in text.questions] == [
        ("a", "Where?", [ANSWER], ""),
        ("b", "Why?", [], ""),
    ]
    assert text.questions[0].place.endswith("squad.json, article 1 (Title 0), paragraph 1, id a")


@pytest.mark.parametrize("impossible", [True, False])
def test_contradictions_are_faults(tmp_path: Path, impossible: bool) -> None:
    qa = {**QA, "answers": QA["answers"] if impossible else [], "is_impossible": impossible}
    (text,) = read(tmp_path, squad([{"context": "Ada saw Rome", "qas": [qa]}]))
    assert "is_impossible" in text.questions[0].fault


@pytest.mark.parametrize(
    "answers",
    [
        [{"text": "Rome", "start": 8}],
        [{"text": "Rome", "answer_start": 8}],
        {"text": ["Rome"], "answer_start": [8]},
    ],
)
def test_rows_of_the_same_text_are_one_text(tmp_path: Path, answers: Any) -> None:
    rows = [{"context": "Ada saw Rome", "question": f"Where {i}?", "answers": answers} for i in range(2)]
    rows.append({"context": "Rome", "question": "Who?", "answers": [], "id": 3})
    one, other = read_asked_texts(write_lines(tmp_path / "rows.jsonl", rows))
    assert [question.answers for question in one.questions] == [[ANSWER], [ANSWER]]
    assert [question.name for question in (*one.questions, *other.questions)] == [None, None, "3"]
    assert one.questions[1].place.endswith("rows.jsonl, line 2")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"data": 1}, "B477.*'data'"),
        ({"data": [{"title": "x"}]}, r"B476.*article 1 \(x\): there is no 'paragraphs'"),
        ({"data": [1]}, "B477.*article 1: found 1, expected an object"),
        (squad([{"qas": []}], titles=False), "B476.*article 1, paragraph 1: there is no 'context'"),
        (squad([{"context": "x", "qas": [{"question": "?"}]}]), "B476.*there is no 'answers'"),
        (squad([{"context": "x", "qas": [{"question": "?", "answers": 1}]}]), "B477.*'answers': found 1"),
        (squad([{"context": "x", "qas": [{"question": "?", "answers": [{"text": "x"}]}]}]), "B476.*'answer_start'"),
        (squad([{"context": "x", "qas": [{**QA, "answers": [{"text": "x", "start": "0"}]}]}]), "B477.*a whole number"),
        (squad([{"context": "x", "qas": [{**QA, "answers": [{"text": "x", "start": True}]}]}]), "B477.*whole number"),
        (squad([{"context": "x", "qas": [{**QA, "answers": {"text": ["x"], "start": []}}]}]), "B477.*as many texts"),
        (squad([{"context": "x", "qas": [{**QA, "answers": [3]}]}]), "B477.*found 3, expected an object"),
    ],
)
def test_other_forms_are_refused(tmp_path: Path, data: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read(tmp_path, data)
