"""Categories of records."""

from pathlib import Path
from typing import Any

import spacy

from spacy_bert_ext.conversion.categories import convert_exclusive, convert_multilabel
from spacy_bert_ext.conversion.docs_of_records import RecordOptions
from spacy_bert_ext.conversion.findings import Findings
from tests.coded import raises_code
from tests.conversion.written import write_lines

OPTIONS = RecordOptions(format="prodigy")


def convert(path: Path, *rows: dict[str, Any], exclusive: bool) -> tuple[dict[str, dict[str, float]], Findings]:
    source, findings = write_lines(path / "rows.jsonl", rows), Findings()
    converted = (convert_exclusive if exclusive else convert_multilabel)(source, spacy.blank("en"), OPTIONS, findings)
    return {doc.text: doc.cats for doc in converted}, findings


ROWS = [
    {"text": "one", "cats": {"a": 1, "b": 0}},
    {"text": "score", "cats": {"a": 0.25, "b": 0.5}},
    {"text": "both", "cats": {"a": 1, "b": 1}},
    {"text": "none", "cats": {"a": 0, "b": 0, "c": 0}},
]


def test_one_of_the_files_categories(tmp_path: Path) -> None:
    cats, findings = convert(tmp_path, *ROWS, exclusive=True)
    assert cats == {"one": {"a": 1, "b": 0, "c": 0}, "score": {"a": 0, "b": 1, "c": 0}}
    assert [fault.reason for fault in findings.faults] == [
        "it has 2 categories, ['a', 'b']; `--task textcat_multilabel` keeps them all",
        "it has no category",
    ]


def test_any_number_of_categories(tmp_path: Path) -> None:
    cats, findings = convert(tmp_path, *ROWS, {"text": "unread"}, exclusive=False)
    assert cats["one"] == {"a": 1, "b": 0, "c": 0} and cats["score"] == {"a": 0, "b": 1, "c": 0}
    assert cats["both"] == {"a": 1, "b": 1, "c": 0} and cats["none"] == {"a": 0, "b": 0, "c": 0}
    assert [fault.reason for fault in findings.faults] == ["nobody has said which categories it has"]


def test_no_categories_at_all(tmp_path: Path) -> None:
    for exclusive in (True, False):
        with raises_code("B490", match="the first record has: topic, id.*--columns label=NAME"):
            convert(tmp_path, {"text": "one", "topic": "a", "id": 1}, {"text": "two"}, exclusive=exclusive)
        with raises_code("B490", match="the first record has: id, spans, which `--task ner`"):
            convert(tmp_path, {"text": "one", "id": 1, "spans": []}, exclusive=exclusive)
        with raises_code("B490", match="the first record has: nothing else"):
            convert(tmp_path, {"text": "one"}, exclusive=exclusive)


def test_a_file_without_texts_is_told_as_such(tmp_path: Path) -> None:
    with raises_code("B483", match="there is no text in it"):
        (tmp_path / "a.csv").write_text("text,label\n", encoding="utf8")
        options = RecordOptions(format="csv")
        list(convert_exclusive(tmp_path / "a.csv", spacy.blank("en"), options, Findings()))
