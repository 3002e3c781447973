"""Parts of Records in objects."""

import pytest

from spacy_bert_ext.conversion.findings import Findings
from spacy_bert_ext.conversion.formats.fields import (
    are_scores,
    chosen,
    decided,
    document_in,
    fields_in,
    fields_out,
    labels_in,
    named,
    score_table,
    text_in,
    value_at,
)
from spacy_bert_ext.conversion.formats.options import ReadOptions, read_columns

OPTIONS = ReadOptions(columns=read_columns("text=data.body,document=meta.doc,id=meta.n"), label_names=("no", "yes"))
VALUES = {"data": {"body": "x"}, "meta": {"doc": 7, "n": 3}, "a.b": 1}


def test_keys_lead_into_objects() -> None:
    assert text_in("here", VALUES, OPTIONS) == "x" and document_in(VALUES, OPTIONS) == "7"
    assert document_in({"document": ""}, ReadOptions()) is None
    assert value_at(VALUES, "a.b") == 1 and value_at(VALUES, "data.x", 2) == 2
    assert fields_in(VALUES, ("data",), OPTIONS) == {"meta": {"doc": 7, "n": 3}, "a.b": 1, "id": 3}


def test_texts_are_texts() -> None:
    with pytest.raises(ValueError, match="B476.*here: there is no 'text', only a"):
        text_in("here", {"a": 1}, ReadOptions())
    with pytest.raises(ValueError, match="B477.*found None, expected a text"):
        text_in("here", {"text": None}, ReadOptions())
    with pytest.raises(ValueError, match="B477.*half of a character.*at 1"):
        text_in("here", {"text": "a\ud83d"}, ReadOptions())


def test_scores_and_labels() -> None:
    assert score_table("here", {"a": True, "b": 0.5}) == {"a": 1.0, "b": 0.5}
    for wrong in ([], {"a": 2}, {"a": "1"}):
        with pytest.raises(ValueError, match="B477.*from 0 to 1"):
            score_table("here", wrong)
    assert [named(label, OPTIONS) for label in ("0", "1", "2", "x")] == ["no", "yes", "2", "x"]
    assert list(labels_in(" a, b,", ",")) == ["a", "b"] and list(labels_in(" a, b", None)) == ["a, b"]
    cats = {"a": 0.4, "b": 0.5, "c": 0.6}
    assert chosen(cats, exclusive=False) == ["b", "c"] and chosen(cats, exclusive=True) == ["c"]
    assert chosen({"a": 0.0}, exclusive=True) == [] and are_scores(cats) and not are_scores({"a": 1.0})
    findings = Findings()
    assert decided(cats, ["a"], findings) == {"a": 1.0, "b": 0.0, "c": 0.0} and len(findings.notes) == 1


def test_names_with_another_meaning_are_left_out() -> None:
    findings = Findings()
    assert fields_out({"text": 1, "id": 2}, ("text",), findings) == {"id": 2}
    assert findings.counts == {"fields left out": 1}
