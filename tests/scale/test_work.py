"""A chunk's rows with our columns, and what is told of those that are wrong."""

import json
import pickle
from pathlib import Path

from spacy_bert_ext.scale.annotate import Annotate
from spacy_bert_ext.scale.rows import Chunk, Row
from spacy_bert_ext.scale.sinks.streamed import JsonLines
from spacy_bert_ext.scale.work import MOST_FAULTS, Work
from tests.scale.ruled import ADA


def test_rows_get_our_columns(ruled: Path) -> None:
    rows = [
        Row({"id": 1, "text": "Ada moved"}),
        Row({"id": 2, "text": None}),
        Row({"id": 3}),
        Row({"text": "x"}, "line 12 is wrong"),
        Row({"text": "x"}, "line 1,345 is wrong"),
        Row({"text": "x", "ents": "of the input"}, None, ("x",), (False,), {"pair": "y"}),
    ]
    chunk = Chunk(3, rows, 77)
    work = pickle.loads(pickle.dumps(Work(Annotate(ruled, columns=("ents",)), JsonLines())))
    number, data, entry = work(chunk)
    assert [json.loads(line) for line in data.splitlines()] == [
        {"id": 1, "text": "Ada moved", "ents": [ADA], "error": None},
        {"id": 2, "text": None, "ents": None, "error": "no text: the value is missing"},
        {"id": 3, "ents": None, "error": "there is no 'text'"},
        {"text": "x", "ents": None, "error": "line 12 is wrong"},
        {"text": "x", "ents": None, "error": "line 1,345 is wrong"},
        {"text": "x", "ents": [], "error": None},
    ]
    faults = {"line … is wrong": 2, "no text: the value is missing": 1, "there is no 'text'": 1}
    assert number == 3 and entry == (0, 6, chunk.digest(), 77, faults)


def test_given_columns_go_to_docs(ruled: Path) -> None:
    annotate = Annotate(ruled, columns=(), given={"pair": "second"})
    one = Work(annotate, JsonLines())._input(Row({"text": "a", "second": "b"}, None, None, None, {"other": 1}))
    assert one.given == {"other": 1, "pair": "b"}


def test_rows_with_very_many_kinds_of_errors_all_count(ruled: Path) -> None:
    letters = [chr(ord("a") + i) for i in range(MOST_FAULTS + 3)]
    chunk = Chunk(0, [Row({"text": None}, f"wrong {letter}") for letter in letters], 0)
    faults = Work(Annotate(ruled, columns=("ents",)), JsonLines())(chunk).entry.faults
    assert len(faults) == MOST_FAULTS + 1 and faults["other reasons"] == 3
