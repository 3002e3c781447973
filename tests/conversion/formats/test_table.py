"""Formats by name and by what is in a file."""

from pathlib import Path

import pytest

from spacy_bert_ext.conversion.formats.table import FORMATS, format_of


@pytest.mark.parametrize(
    ("name", "text", "format"),
    [
        ("a.csv", "text,label\na,b\n", "csv"),
        ("a.tsv", "text\tlabel\na\tb\n", "csv"),
        ("a.tsv", "a\tO\n", "conll"),
        ("a.jsonl", '{"text": "x", "spans": []}\n', "prodigy"),
        ("a.jsonl", '{"id": 1, "text": "x", "label": [[0, 1, "A"]]}\n', "doccano"),
        (
            "a.json",
            '[{"text": "x", "label": [], "annotator": 1, "annotation_id": 1, "lead_time": 2.5}]',
            "label-studio",
        ),
    ],
)
def test_formats_are_recognised(tmp_path: Path, name: str, text: str, format: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    assert format_of(path).name == format


def test_formats_have_names(tmp_path: Path) -> None:
    assert [format_of(tmp_path, name).name for name in FORMATS] == list(FORMATS)
    with pytest.raises(ValueError, match="B501.*'x'.*csv"):
        format_of(tmp_path, "x")


def test_what_is_unclear_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Some text.")
    with pytest.raises(ValueError, match="B500.*none is recognised.*--format.*csv"):
        format_of(path)
    path.write_text("\n")
    with pytest.raises(ValueError, match="B500.*it is empty"):
        format_of(path)
    path.write_text('{"body": "Good.", "stars": "5"}\n')
    with pytest.raises(ValueError, match="B500.*none has such keys .*--format prodigy --columns text=KEY,label=KEY"):
        format_of(path)
    with pytest.raises(ValueError, match="B500.*none is recognised"):
        format_of(tmp_path)


def test_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="B514.*no file or folder.*--format datasets"):
        format_of(tmp_path / "a")
