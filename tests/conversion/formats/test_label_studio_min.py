"""Label Studio's JSON-MIN."""

from typing import Any

import pytest

from spacy_bert_ext.conversion.findings import Findings
from spacy_bert_ext.conversion.formats.label_studio_min import is_min, read_min
from spacy_bert_ext.conversion.formats.options import ReadOptions, read_columns
from spacy_bert_ext.conversion.records import Mark, Record

VALUES = {"id": 1, "text": "Ada ran", "annotator": 1, "annotation_id": 3, "lead_time": 2.5, "created_at": "x"}
SPANS = [{"start": 0, "end": 3, "text": "Ada", "labels": ["PER"]}]


def read(values: dict[str, Any], **options: Any) -> Record | None:
    return read_min("here", {**VALUES, **values}, ReadOptions(**options), findings=Findings(), seen=set())


@pytest.mark.parametrize(
    ("values", "options", "marks", "cats"),
    [
        ({"label": SPANS}, {}, (Mark(0, 3, "PER"),), None),
        ({"sentiment": "pos"}, {}, None, {"pos": 1.0}),
        ({"sentiment": {"choices": ["a", "b"]}}, {}, None, {"a": 1.0, "b": 1.0}),
        ({"mood": "pos"}, {"columns": read_columns("label=mood")}, None, {"pos": 1.0}),
        ({"label": SPANS, "sentiment": "pos"}, {}, (Mark(0, 3, "PER"),), {"pos": 1.0}),
        ({"label": SPANS}, {"spans_key": "other"}, (), None),
        ({}, {}, (), None),
    ],
)
def test_annotations(
    values: dict[str, Any], options: dict[str, Any], marks: tuple[Mark, ...] | None, cats: dict[str, float] | None
) -> None:
    found = read({**values, "n": 4}, **options)
    assert found is not None and found.marks == marks and found.cats == cats and found.fields == {"id": 1, "n": 4}


def test_one_annotation_of_a_text_is_taken() -> None:
    findings, seen = Findings(), set[Any]()
    assert read_min("here", VALUES, ReadOptions(annotator="2"), findings=findings, seen=seen) is None
    assert read_min("here", VALUES, ReadOptions(annotator="1"), findings=findings, seen=seen) is not None
    assert read_min("here", VALUES, ReadOptions(), findings=findings, seen=seen) is None
    assert findings.counts == {"further annotations of a text left out": 1}


def test_keys_tell_it() -> None:
    assert is_min(frozenset(VALUES)) and not is_min(frozenset({"data", "annotator", "lead_time"}))
