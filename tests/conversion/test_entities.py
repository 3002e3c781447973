"""Entities of records."""

from pathlib import Path
from typing import Any

import spacy
from spacy.tokens import Doc

from spacy_bert_ext.conversion.docs_of_records import RecordOptions
from spacy_bert_ext.conversion.entities import convert_entities
from spacy_bert_ext.conversion.findings import Findings
from tests.coded import raises_code
from tests.conversion.written import write_lines


def convert(tmp_path: Path, *rows: dict[str, Any], snap: bool = False) -> tuple[list[Doc], Findings]:
    source, findings = write_lines(tmp_path / "rows.jsonl", rows), Findings()
    options = RecordOptions(format="prodigy", snap=snap)
    return list(convert_entities(source, spacy.blank("en"), options, findings)), findings


def span(start: int, end: int, label: str = "X") -> dict[str, Any]:
    return {"start": start, "end": end, "label": label}


def tags(doc: Doc) -> str:
    return " ".join(token.ent_iob_ or "?" for token in doc)


def test_entities_and_what_else_the_row_says(tmp_path: Path) -> None:
    row = {"text": "Ada saw Rome", "spans": [span(8, 12, "B"), span(0, 3)], "meta": {"id": 7}}
    (doc, empty), findings = convert(tmp_path, row, {"text": "No", "spans": []})
    assert [(ent.text, ent.label_) for ent in doc.ents] == [("Ada", "X"), ("Rome", "B")]
    assert doc.user_data["source"]["meta"] == {"id": 7}
    assert tags(doc) == "B O B" and tags(empty) == "O"
    assert findings.counts == {"spans": 2} and not findings.faults


def test_tokens_of_what_is_left_out_are_not_annotated(tmp_path: Path) -> None:
    row = {"text": "Ada Lovelace saw Rome", "spans": [span(1, 6), span(17, 21)]}
    (doc,), findings = convert(tmp_path, row)
    assert tags(doc) == "? ? O B" and findings.counts == {"spans left out": 1, "spans": 1}
    (doc,), findings = convert(tmp_path, row, snap=True)
    assert tags(doc) == "B I O B" and not findings.faults


def test_the_longest_of_overlapping_entities_stays(tmp_path: Path) -> None:
    row = {"text": "University of Rome today", "spans": [span(14, 18, "PLACE"), span(0, 18, "ORG"), span(14, 24, "Y")]}
    (doc,), findings = convert(tmp_path, row)
    assert [(ent.text, ent.label_) for ent in doc.ents] == [("University of Rome", "ORG")]
    assert tags(doc) == "B I I ?" and findings.counts == {"spans": 1, "spans left out": 2}
    reason = "PLACE 'Rome' at 14: it overlaps with ORG 'University of Rome'; `--task spans` keeps both"
    assert findings.faults[0].reason == reason


def test_texts_that_say_nothing(tmp_path: Path) -> None:
    docs, findings = convert(tmp_path, {"text": "One"}, {"text": " ", "spans": []}, {"text": "Two", "spans": []})
    assert len(docs) == 1 and findings.counts == {"texts left out": 2}
    assert [fault.reason for fault in findings.faults] == [
        "nobody has said whether there are spans in it",
        "the text is empty",
    ]


def test_texts_without_any_spans_are_told(tmp_path: Path) -> None:
    with raises_code("B582", match="No text of .*--task textcat"):
        convert(tmp_path, {"text": "one"}, {"text": "two"})
