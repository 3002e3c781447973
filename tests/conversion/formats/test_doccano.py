"""Doccano's files."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from spacy_bert_ext.conversion.findings import Findings
from spacy_bert_ext.conversion.formats.doccano import FORMAT, recognises
from spacy_bert_ext.conversion.formats.options import ReadOptions, WriteOptions
from spacy_bert_ext.conversion.records import Mark, Record

from .made import back, read_text, records


def read(tmp_path: Path, *objects: dict[str, Any], **options: Any) -> tuple[list[Record], Findings]:
    text = "".join(json.dumps(values) + "\n" for values in objects)
    return read_text(FORMAT, tmp_path / "a.jsonl", text, **options)


@given(records(spans=True, overlap=True, scores=True))
def test_spans_come_back(given: list[Record]) -> None:
    assert back(FORMAT, given) == given


@given(records(cats=True))
def test_categories_come_back(given: list[Record]) -> None:
    assert back(FORMAT, given) == given


@given(records(spans=True, cats=True))
def test_both_come_back(given: list[Record]) -> None:
    assert back(FORMAT, given) == given


@pytest.mark.parametrize(
    "values",
    [
        {"label": [[0, 3, "PER"]]},
        {"labels": [[0, 3, "PER"]]},
        {"entities": [{"id": 1, "label": "PER", "start_offset": 0, "end_offset": 3}], "relations": []},
        {"annotations": [{"label": "PER", "start_offset": 0, "end_offset": 3, "user": 1}]},
    ],
)
def test_spans_of_all_versions(tmp_path: Path, values: dict[str, Any]) -> None:
    (found, none), _ = read(
        tmp_path, {"id": 7, "text": "Ada ran", **values, "Comments": []}, {"text": "x", next(iter(values)): []}
    )
    assert found.marks == (Mark(0, 3, "PER"),) and found.cats is None
    assert found.fields == {"id": 7, "Comments": []} and none.marks == ()
    assert recognises(Path("a"), json.dumps({"text": "Ada ran", **values}).encode())


@pytest.mark.parametrize(
    ("values", "cats"),
    [
        ({"label": ["a", "b"]}, {"a": 1.0, "b": 1.0}),
        ({"label": "a"}, {"a": 1.0}),
        ({"labels": ["a"]}, {"a": 1.0}),
        ({"annotations": [{"label": 1, "user": 1}]}, {"yes": 1.0}),
    ],
)
def test_categories_of_all_versions(tmp_path: Path, values: dict[str, Any], cats: dict[str, float]) -> None:
    (none, found), _ = read(tmp_path, {"text": "x", "label": []}, {"text": "x", **values}, label_names=("no", "yes"))
    assert found.cats == cats and found.marks is None and none.cats == {} and none.marks is None


def test_relations_are_counted_and_texts_without_annotation_have_none(tmp_path: Path) -> None:
    found, findings = read(tmp_path, {"text": "x", "entities": [], "relations": [{}, {}]}, {"text": "y"})
    assert found[0].marks == () and found[1].marks is None and findings.counts == {"relations skipped": 2}
    assert recognises(Path("a"), b'{"text": "x", "label": []}') and not recognises(Path("a"), b'{"text": "x"}')
    assert not recognises(Path("a"), b"a,b") and recognises(Path("a"), b'{"text": "x", "Comments": []}')


def test_what_is_no_label_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="B477.*line 1, 'label': found None, expected spans such as"):
        read(tmp_path, {"text": "x", "label": [None]})


def test_its_tables(tmp_path: Path) -> None:
    (found,), _ = read_text(FORMAT, tmp_path / "a.csv", "id,text,label\n1,x,a#b\n")
    assert found.cats == {"a": 1.0, "b": 1.0}


def test_scores_are_those_of_spans_that_nobody_has_changed(tmp_path: Path) -> None:
    record = Record("", "Ada ran", marks=(Mark(0, 3, "PER", 0.9), Mark(4, 7, "X", 0.8)))
    assert FORMAT.write is not None
    path = tmp_path / "a.jsonl"
    FORMAT.write([record], path, WriteOptions(), Findings())
    assert json.loads(path.read_text("utf8"))["span_scores"] == [[0, 3, "PER", 0.9], [4, 7, "X", 0.8]]
    (found,), _ = read_text(FORMAT, path, path.read_text("utf8").replace('[4, 7, "X"]', '[4, 7, "Y"]'))
    assert found.marks == (Mark(0, 3, "PER", 0.9), Mark(4, 7, "Y"))
    assert list(FORMAT.read(path, ReadOptions(), Findings())) != []
