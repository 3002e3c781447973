"""Prodigy's examples."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from spacy_bert_ext.conversion.findings import Findings
from spacy_bert_ext.conversion.formats.options import ReadOptions, WriteOptions, read_columns
from spacy_bert_ext.conversion.formats.prodigy import FORMAT, recognises
from spacy_bert_ext.conversion.records import Mark, Record, Words

from .made import back, records


def read(tmp_path: Path, *examples: dict[str, Any], **options: Any) -> tuple[list[Record], Findings]:
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps(example) + "\n" for example in examples))
    findings = Findings()
    return list(FORMAT.read(path, ReadOptions(**options), findings)), findings


@given(records(spans=True, cats=True, overlap=True, scores=True))
def test_what_is_written_comes_back(given: list[Record]) -> None:
    assert back(FORMAT, given) == given


@given(records(spans=True, words=True))
def test_words_come_back(given: list[Record]) -> None:
    assert back(FORMAT, given) == given


def test_spans(tmp_path: Path) -> None:
    example = {
        "text": "Ada ran",
        "_input_hash": 1,
        "meta": {"source": "x"},
        "tokens": [{"text": "Ada", "start": 0, "end": 3, "id": 0}, {"text": "ran", "start": 4, "end": 7, "id": 1}],
        "spans": [{"start": 0, "end": 3, "label": "PER", "token_start": 0, "token_end": 0}],
        "relations": [{}],
        "answer": "accept",
    }
    (found,), findings = read(tmp_path, example, columns=read_columns("document=meta.source"))
    assert found.marks == (Mark(0, 3, "PER"),) and found.words == Words(("Ada", "ran"), (True, False))
    assert found.document == "x" and found.fields["_input_hash"] == 1 and "answer" not in found.fields
    assert findings.counts == {"relations skipped": 1}
    (found,), findings = read(tmp_path, {**example, "text": "Ada  ran"})
    assert found.words is None and findings.counts["texts whose tokens are not their text"] == 1
    (found,), _ = read(tmp_path, {"text": "x", "_view_id": "ner_manual", "answer": "accept"})
    assert found.marks == ()
    with pytest.raises(ValueError, match="B477.*'spans'"):
        read(tmp_path, {"text": "x", "spans": {}})


@pytest.mark.parametrize(
    ("values", "cats"),
    [
        ({"cats": {"a": 1, "b": 0}}, {"a": 1.0, "b": 0.0}),
        ({"options": [{"id": "a"}, {"id": "b"}], "accept": ["b"], "answer": "accept"}, {"a": 0.0, "b": 1.0}),
        ({"label": "a", "answer": "accept"}, {"a": 1.0}),
        ({"label": "a", "answer": "reject"}, {"a": 0.0}),
        ({"label": 1}, {"yes": 1.0}),
        ({}, None),
    ],
)
def test_categories(tmp_path: Path, values: dict[str, Any], cats: dict[str, float] | None) -> None:
    (found,), _ = read(tmp_path, {"text": "x", **values}, label_names=("no", "yes"))
    assert found.cats == cats and found.marks is None


def test_what_is_not_accepted_is_counted(tmp_path: Path) -> None:
    reject = {"text": "x", "spans": [], "answer": "reject"}
    found, findings = read(tmp_path, reject, {"text": "x", "answer": "ignore"})
    assert found == [] and findings.counts == {"examples rejected": 1, "examples ignored": 1}


def test_scores_are_written_where_prodigy_shows_them(tmp_path: Path) -> None:
    record = Record(
        "",
        "Ada ran",
        marks=(Mark(0, 3, "PER", 0.9), Mark(0, 2, "X")),
        cats={"a": 0.7, "b": 0.6},
        words=Words(("Ada", "ran"), (True, False)),
    )
    assert FORMAT.write is not None
    FORMAT.write([record], tmp_path / "a", WriteOptions(exclusive=True), Findings())
    written = json.loads((tmp_path / "a").read_text("utf8"))
    assert written["spans"] == [
        {"start": 0, "end": 3, "label": "PER", "score": 0.9, "token_start": 0, "token_end": 0},
        {"start": 0, "end": 2, "label": "X"},
    ]
    assert written["options"][0] == {"id": "a", "text": "a", "score": 0.7} and written["accept"] == ["a"]


@pytest.mark.parametrize(
    ("line", "is_recognised"),
    [
        (b'{"text": "x", "spans": []}', True),
        (b'{"text": "x"}', True),
        (b'{"text": "x", "label": "a"}', True),
        (b'{"text": "x", "label": [[0, 1, "a"]]}', False),
        (b'{"data": {"text": "x"}}', False),
        (b"text,label", False),
    ],
)
def test_examples_are_recognised(line: bytes, is_recognised: bool) -> None:
    assert recognises(Path("a.jsonl"), line) is is_recognised
