"""Rows of typed columns."""

from types import SimpleNamespace
from typing import Any

import pytest

from spacy_bert_ext.conversion.findings import Findings
from spacy_bert_ext.conversion.formats.options import ReadOptions, read_columns
from spacy_bert_ext.conversion.formats.rows import Row, RowReader, names_in
from spacy_bert_ext.conversion.records import Mark, Record, Words

TAGS = {"ner_tags": ["O", "B-PER", "I-PER"]}


def read(values: dict[str, Any], *, names: dict[str, Any] | None = None, scheme: str = "BIO", **options: Any) -> Record:
    reader = RowReader("here", list(values), ReadOptions(**options), names=names or {})
    return reader.record(Row("here", values), scheme, Findings())


def test_tokens_with_tags() -> None:
    found = read({"tokens": ["Ada", "L.", "ran"], "ner_tags": [1, 2, 0], "id": "7"}, names=TAGS)
    assert found == Record(
        "here",
        "Ada L. ran",
        marks=(Mark(0, 6, "PER"),),
        words=Words(("Ada", "L.", "ran"), (True, True, False), knows_spaces=False),
        fields={"id": "7"},
    )
    found = read({"words": ["Ada"], "text": "Ada  ", "x": ["B-A"]}, columns=read_columns("tag=x"))
    assert found.text == "Ada  " and found.marks == (Mark(0, 3, "A"),)
    assert read({"tokens": ["a"], "tags": [-1]}, names={"tags": ["O"]}).marks is None
    assert read({"tokens": ["a"], "text": "b", "tags": ["O"]}).text == "a"
    assert read({"tokens": [], "tags": []}).marks == ()
    with pytest.raises(ValueError, match="B477.*here: found 2 tags, expected 1"):
        read({"tokens": ["a"], "tags": ["O", "O"]})


@pytest.mark.parametrize(
    ("values", "names", "options", "cats"),
    [
        ({"label": 1}, {"label": ["no", "yes"]}, {}, {"no": 0.0, "yes": 1.0}),
        ({"label": -1}, {"label": ["no", "yes"]}, {}, None),
        ({"label": "a"}, {}, {}, {"a": 1.0}),
        ({"label": 1}, {}, {"label_names": ("no", "yes")}, {"yes": 1.0}),
        ({"labels": [0]}, {"labels": ["a", "b"]}, {}, {"a": 1.0, "b": 0.0}),
        ({"labels": []}, {}, {}, {}),
        ({"a": True, "b": 0}, {}, {"columns": read_columns("label=a,label=b")}, {"a": 1.0, "b": 0.0}),
        ({}, {}, {}, None),
    ],
)
def test_labels(
    values: dict[str, Any], names: dict[str, Any], options: dict[str, Any], cats: dict[str, float] | None
) -> None:
    assert read({"text": "x", **values}, names=names, **options).cats == cats


def test_spans() -> None:
    spans = [{"start": 0, "end": 3, "label": "PER"}]
    assert read({"text": "Ada", "spans": spans, "document": 3}).marks == (Mark(0, 3, "PER"),)
    lists = {"start": [0], "end": [3], "label": ["PER"]}
    found = read({"text": "Ada", "entities": lists, "document": 3})
    assert found.marks == (Mark(0, 3, "PER"),) and found.document == "3"
    assert read({"text": "Ada", "spans": None}).marks is None
    with pytest.raises(ValueError, match="B477.*list of objects with start"):
        read({"text": "Ada", "spans": 3})


def test_what_is_missing_is_told() -> None:
    with pytest.raises(ValueError, match="B505.*no column 'x'.*text"):
        read({"text": "a"}, columns=read_columns("label=x"))
    with pytest.raises(ValueError, match="B505.*no column is known to have the text"):
        read({"a": "b"})
    with pytest.raises(ValueError, match="B477.*expected a text"):
        read({"text": 3})


def test_names_of_classes() -> None:
    classes = SimpleNamespace(names=["a"])
    assert names_in(classes) == ["a"] and names_in(SimpleNamespace(feature=classes)) == ["a"]
    assert names_in(SimpleNamespace(dtype="string")) is None
