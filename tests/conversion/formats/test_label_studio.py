"""Label Studio's exports."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from spacy_bert_ext.conversion.findings import Findings
from spacy_bert_ext.conversion.formats.label_studio import FORMAT, recognises
from spacy_bert_ext.conversion.formats.options import ReadOptions, read_columns
from spacy_bert_ext.conversion.records import Mark, Record

from .made import back, read_text, records

REGION = {"id": "x", "from_name": "ner", "to_name": "text", "type": "labels"}
PER = {**REGION, "value": {"start": 0, "end": 3, "text": "Ada", "labels": ["PER"]}}
POS = {"from_name": "mood", "to_name": "text", "type": "choices", "value": {"choices": ["pos"]}}


def annotation(*results: Any, **values: Any) -> dict[str, Any]:
    return {"id": 1, "result": list(results), "was_cancelled": False, "completed_by": 1, **values}


def task(*annotations: Any, **values: Any) -> dict[str, Any]:
    return {"id": 5, "data": {"text": "Ada ran"}, "annotations": list(annotations), "predictions": [], **values}


def read(tmp_path: Path, *tasks: Any, **options: Any) -> tuple[list[Record], Findings]:
    return read_text(FORMAT, tmp_path / "a.json", json.dumps(tasks), **options)


@given(records(spans=True, overlap=True))
def test_spans_come_back(given: list[Record]) -> None:
    assert back(FORMAT, given) == given


@given(records(cats=True))
def test_categories_come_back(given: list[Record]) -> None:
    assert back(FORMAT, given) == given


@given(records(spans=True, overlap=True, scores=True))
def test_predictions_come_back(given: list[Record]) -> None:
    assert back(FORMAT, given, read=ReadOptions(predictions=True)) == given


@given(records())
def test_texts_without_annotation_come_back(given: list[Record]) -> None:
    assert back(FORMAT, given) == given


def test_regions_and_choices(tmp_path: Path) -> None:
    found, findings = read(tmp_path, task(annotation(PER, POS)), task(annotation(POS)), task(annotation()))
    assert [record.marks for record in found] == [(Mark(0, 3, "PER"),), (), ()]
    assert [record.cats for record in found] == [{"pos": 1.0}, {"pos": 1.0}, None]
    assert found[0].fields == {"id": 5} and findings.counts == {}
    (found, *_), _ = read(tmp_path, task(annotation(POS)))
    assert found.marks is None
    relation = {"type": "relation", "from_id": "x", "to_id": "y"}
    area = {"type": "textarea", "value": {"text": ["note"]}}
    (found, *_), findings = read(tmp_path, task(annotation(PER, relation, area)))
    assert findings.counts == {"relation results skipped": 1, "textarea results skipped": 1}
    other = {**PER, "from_name": "other", "value": {"start": 4, "end": 7, "labels": ["A", "B"]}}
    (found, *_), _ = read(tmp_path, task(annotation(PER, other)), spans_key="other")
    assert found.marks == (Mark(4, 7, "A"), Mark(4, 7, "B"))
    hyper = {"type": "hypertextlabels", "value": {"globalOffsets": {"start": 0, "end": 3}, "hypertextlabels": ["X"]}}
    (found, *_), _ = read(tmp_path, task(annotation(hyper)))
    assert found.marks == (Mark(0, 3, "X"),)


def test_one_annotation_is_taken(tmp_path: Path) -> None:
    other = annotation(POS, completed_by={"id": 2, "email": "b@c.d"})
    tasks = [
        task(annotation(PER, was_cancelled=True), other),
        task(annotation(PER), other),
        task(annotation(PER), {**other, "ground_truth": True}),
        task(annotation(PER), annotation({**PER, "id": "y"})),
    ]
    found, findings = read(tmp_path, *tasks)
    assert [bool(record.marks) for record in found] == [False, True, False, True]
    assert findings.counts == {"annotations cancelled": 1, "texts whose annotators differ": 1}
    assert findings.faults[0].place.endswith("item 2") and "(by 1, 2): the first is taken" in findings.faults[0].reason
    found, findings = read(tmp_path, *tasks, annotator="b@c.d")
    assert [record.cats for record in found] == [{"pos": 1.0}] * 3 + [None]
    assert findings.counts["texts without annotation"] == 1 and findings.faults == []


def test_predictions_are_taken_where_they_are_asked_for(tmp_path: Path) -> None:
    predicted = task(predictions=[{"result": [{**PER, "score": 0.5}], "score": 0.5}])
    (found,), findings = read(tmp_path, predicted)
    assert found.marks is None and findings.counts == {"texts without annotation": 1}
    (found,), _ = read(tmp_path, predicted, predictions=True)
    assert found.marks == (Mark(0, 3, "PER", 0.5),)
    corrected = task(annotation(POS), data={"text": "x", "cat_scores": {"pos": 0.4, "neg": 0.6}})
    (found,), _ = read(tmp_path, corrected)
    assert found.cats == {"pos": 1.0, "neg": 0.0}


def test_keys_of_texts(tmp_path: Path) -> None:
    (found,), _ = read(tmp_path, task(annotation(), data={"body": "x", "n": 1, "document": 3}))
    assert found.text == "x" and found.document == "3" and found.fields == {"n": 1, "id": 5}
    (found,), _ = read(tmp_path, task(data={"a": "x", "b": "y"}), columns=read_columns("text=b"))
    assert found.text == "y" and found.fields == {"a": "x", "id": 5}
    with pytest.raises(ValueError, match="B505.*there is no text 'text'.*a, b"):
        read(tmp_path, task(data={"a": "x", "b": "y"}))
    with pytest.raises(ValueError, match="B477.*'data'"):
        read(tmp_path, task(data=3))
    with pytest.raises(ValueError, match="B477.*'result'"):
        read(tmp_path, task({"result": None}))


def test_utf16_offsets_are_told(tmp_path: Path) -> None:
    shifted = {**REGION, "value": {"start": 3, "end": 6, "text": "Ada", "labels": ["PER"]}}
    data = {"text": "😀 Ada ran"}
    _, findings = read(tmp_path, task(annotation(shifted), data=data))
    assert findings.faults[0].reason.endswith("`--offsets utf16` would fit")
    (found,), findings = read(tmp_path, task(annotation(shifted), data=data), offsets="utf16")
    assert found.marks == (Mark(2, 5, "PER"),) and not findings.faults


def test_exports_are_recognised() -> None:
    for value in (task(), {"data": {}, "predictions": []}, {"id": 1, "data": {}, "completions": []}):
        assert recognises(Path("a"), json.dumps([value]).encode())
    assert recognises(Path("a"), b'[{"id": 1, "text": "x", "annotator": 1, "lead_time": 2}]')
    for text in (b'{"text": "x"}', b'{"data": [], "version": 1}', b"a,b"):
        assert not recognises(Path("a"), text)
