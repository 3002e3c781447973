"""spaCy's training tuples."""

import json
from pathlib import Path
from typing import Any

import pytest
import spacy
from hypothesis import given
from spacy.tokens import Span

from spacy_bert_ext.conversion.findings import Findings
from spacy_bert_ext.conversion.formats.options import ReadOptions, WriteOptions
from spacy_bert_ext.conversion.formats.table import format_of
from spacy_bert_ext.conversion.formats.tuples import FORMAT, read, recognises
from spacy_bert_ext.conversion.records import Mark, Record
from tests.conversion.written import write_lines

from .made import back, read_text, records

ONE = ["Ada ran", {"entities": [[0, 3, "PER"]], "cats": {"a": 1.0}}]


@given(records(spans=True, cats=True, overlap=True))
def test_what_is_written_comes_back(given: list[Record]) -> None:
    for key in (None, "sc"):
        assert back(FORMAT, given, write=WriteOptions(spans_key=key)) == given


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(ONE),
        json.dumps([ONE]),
        json.dumps([ONE], indent=1),
        json.dumps(ONE) + "\n",
        json.dumps({"classes": ["PER"], "annotations": [ONE, None]}),
    ],
)
def test_forms_of_files(tmp_path: Path, text: str) -> None:
    (found,), _ = read_text(FORMAT, tmp_path / "a.json", text)
    assert found.text == "Ada ran" and found.marks == (Mark(0, 3, "PER"),) and found.cats == {"a": 1.0}
    assert recognises(tmp_path, text.encode())


def test_groups_of_spans(tmp_path: Path) -> None:
    groups: dict[str, Any] = {"sc": [[0, 3, "X"]]}
    (found,), _ = read_text(FORMAT, tmp_path / "a", json.dumps([["Ada", {"spans": groups}]]))
    assert found.marks == (Mark(0, 3, "X"),)
    text = json.dumps([["Ada", {"spans": {**groups, "other": []}, "entities": [[0, 1, "Y"]]}]])
    assert [record.marks for record in read_text(FORMAT, tmp_path / "a", text)[0]] == [(Mark(0, 1, "Y"),)]
    assert [record.marks for record in read_text(FORMAT, tmp_path / "a", text, spans_key="other")[0]] == [()]
    assert [record.marks for record in read_text(FORMAT, tmp_path / "a", text, spans_key="none")[0]] == [None]
    with pytest.raises(ValueError, match="B510.*item 1.*sc, other.*--spans-key"):
        read_text(FORMAT, tmp_path / "a", json.dumps([["Ada", {"spans": {**groups, "other": []}}]]))


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (["Ada"], "B477.*item 1: found"),
        (["Ada", []], "B477.*item 1: found"),
        (["Ada", {"entities": [1]}], "B477.*item 1: found"),
        (["Ada", {"entities": 1}], "B477.*item 1: found"),
        (["Ada", {"spans": []}], "B477.*'spans'.*expected an object"),
    ],
)
def test_what_is_no_tuple_is_an_error(tmp_path: Path, item: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_text(FORMAT, tmp_path / "a", json.dumps([item, ONE]))


def test_scores_have_no_place(tmp_path: Path) -> None:
    findings = Findings()
    assert FORMAT.write is not None
    FORMAT.write([Record("", "Ada", marks=(Mark(0, 3, "X", 0.5),))], tmp_path / "a", WriteOptions(), findings)
    assert "no place for scores" in findings.notes[0]
    assert read_text(FORMAT, tmp_path / "b", "[]")[0] == []


def test_other_files_are_not_recognised() -> None:
    for text in (b'["a", "b"]', b'{"text": "x"}', b"a,b", b"[[1, 2]]"):
        assert not recognises(Path("a"), text)


def test_docs_as_json(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    doc = nlp("Ada saw Rome")
    doc.set_ents([Span(doc, 0, 1, "PER")])
    doc.cats = {"a": 0.25}
    doc.spans["sc"] = [Span(doc, 2, 3, "LOC")]
    path = write_lines(tmp_path / "docs.jsonl", [doc.to_json()])
    assert format_of(path).name == "tuples"
    (record,) = read(path, ReadOptions(), Findings())
    assert (record.text, record.marks, record.cats) == ("Ada saw Rome", (Mark(0, 3, "PER"),), {"a": 0.25})
    (record,) = read(path, ReadOptions(spans_key="sc"), Findings())
    assert record.marks == (Mark(8, 12, "LOC"),) and record.fields == {}


def test_rows_that_apply_has_annotated(tmp_path: Path) -> None:
    ents = [{"start": 0, "end": 3, "label": "PER", "text": "Ada", "score": 0.5}]
    rows = {"id": 7, "text": "Ada", "ents": ents, "error": None}, {"id": 8, "text": "x", "ents": None, "error": "long"}
    path = write_lines(tmp_path / "rows.jsonl", rows)
    found, unknown = read(path, ReadOptions(), Findings())
    assert found.marks == (Mark(0, 3, "PER", 0.5),) and found.fields["id"] == 7
    assert unknown.marks is None


def test_what_apply_writes_of_spans(tmp_path: Path) -> None:
    """With the key of their group, or as the file had them that was annotated."""
    span = {"start": 0, "end": 3, "label": "X", "score": 0.5, "text": "Ada"}
    row = {"text": "Ada ran", "ents": [], "spans": [{"key": "sc", **span}, {"key": "other", **span}]}
    (found,), _ = read_text(FORMAT, tmp_path / "a.jsonl", json.dumps(row), spans_key="sc")
    assert found.marks == (Mark(0, 3, "X", 0.5),)
    (found,), _ = read_text(FORMAT, tmp_path / "a.jsonl", json.dumps({**row, "spans": [span]}))
    assert found.marks == ()
