"""Docs of records."""

from pathlib import Path
from typing import Any

import spacy

from spacy_bert_ext.conversion.docs_of_records import RecordOptions, docs_of_records
from spacy_bert_ext.conversion.findings import Findings
from spacy_bert_ext.conversion.records import Record
from tests.conversion.written import write_lines


def convert(tmp_path: Path, row: dict[str, Any], **options: Any) -> tuple[Record, Any]:
    source = write_lines(tmp_path / "rows.jsonl", [row])
    given = RecordOptions(format="prodigy", **options)
    ((record, doc),) = docs_of_records(source, spacy.blank("en"), given, Findings())
    return record, doc


def test_tokens_of_the_source(tmp_path: Path) -> None:
    tokens = [{"text": "can", "start": 0, "end": 3, "id": 0}, {"text": "not", "start": 3, "end": 6, "id": 1}]
    row = {"text": "cannot", "spans": [], "tokens": tokens}
    _, doc = convert(tmp_path, row)
    assert [token.text for token in doc] == ["can", "not"] and doc.text == "cannot"
    del row["tokens"]
    _, doc = convert(tmp_path, row)
    assert doc.text == "cannot" and [token.text for token in doc] == ["can", "not"]


def test_what_the_row_says_besides(tmp_path: Path) -> None:
    _, doc = convert(tmp_path, {"text": "one", "spans": [], "document": "letters", "meta": {"a": [1]}})
    assert doc.user_data == {"document_id": "letters", "source": {"meta": {"a": [1]}}}
    _, doc = convert(tmp_path, {"text": "one", "spans": []})
    assert doc.user_data == {}


def test_other_names_of_labels(tmp_path: Path) -> None:
    row = {"text": "one", "spans": [{"start": 0, "end": 3, "label": "0"}], "cats": {"0": 1, "1": 0}}
    record, _ = convert(tmp_path, row, rename={"0": "neg"})
    assert record.marks is not None and record.marks[0].label == "neg"
    assert record.cats == {"neg": 1, "1": 0}


def test_words_without_blanks_that_anybody_knows(tmp_path: Path) -> None:
    (tmp_path / "a.conll").write_text("can\tO\nnot\tO\n\nGo\tO\n")
    docs = [doc for _, doc in docs_of_records(tmp_path / "a.conll", spacy.blank("en"), RecordOptions(), Findings())]
    assert [[token.text for token in doc] for doc in docs] == [["can", "not"], ["Go"]]
    assert all(doc.has_unknown_spaces for doc in docs) and [doc[0].is_sent_start for doc in docs] == [True, True]
    (tmp_path / "b.conll").write_text("\u4f60\tO\n\u597d\tO\n")
    options = RecordOptions(lang="zh")
    ((_, doc),) = docs_of_records(tmp_path / "b.conll", spacy.blank("zh"), options, Findings())
    assert doc.text == "\u4f60\u597d" and not doc.has_unknown_spaces
