"""Files as rows, and what is wrong with them."""

import gzip
from pathlib import Path

import pytest

from spacy_bert_ext.conversion.sources import list_of, read_objects, read_rows, shown, text_of


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1}\n3\n', "B477.*line 2: found 3, expected an object"),
        ("[1, 2]", "B477.*item 1: found 1, expected an object"),
        ("3", "B477.*found 3, expected an object"),
    ],
)
def test_what_is_no_row_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        list(read_objects(path))


def test_rows_have_places(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text('{"a": 1}\n')
    assert [row.place for row in read_objects(path)] == [f"{path}, line 1"]


def test_tables_have_a_header_or_numbers(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text('b,a\n"x, ""y""\nz",1\n')
    (row,) = read_rows(path, ["a", "b"])
    assert row.values == {"b": 'x, "y"\nz', "a": "1"} and row.place == f"{path}, line 2"
    path = tmp_path / "pairs.tsv"
    path.write_text('"x\ty\n\n')
    (row,) = read_rows(path, ["1", "2"])
    assert row.values == {"1": '"x', "2": "y"}  # quotes of TSV are letters
    path = tmp_path / "pairs.TSV.gz"
    path.write_bytes(gzip.compress(b"a\tb\n1\t2\n"))
    (row,) = read_rows(path, ["a"])
    assert row.values["b"] == "2"
    path = tmp_path / "pairs.csv"
    path.write_text('a;b\n"x; y";z, z\n')
    (row,) = read_rows(path, ["a", "b"])
    assert row.values == {"a": "x; y", "b": "z, z"}


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        ("a,b\n1,2\n", ["a", "c"], "B481.*line 1: there is no column 'c', only a, b"),
        ("1,2\n", ["1", "3"], "B481.*'3', only 1, 2"),
        ("a,b\n1,2\n3\n", ["a", "b"], "B482.*line 3: found 1 values, expected 2"),
        ('a,b\n"1,2\n', ["a", "b"], "B475.*no table"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, text: str, columns: list[str], message: str) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        list(read_rows(path, columns))


def test_values_have_their_types() -> None:
    with pytest.raises(ValueError, match="B476.*here: there is no 'text', only a"):
        text_of("here", {"a": 1}, "text")
    with pytest.raises(ValueError, match="B477.*here, 'text': found 1, expected a text"):
        text_of("here", {"text": 1}, "text")
    with pytest.raises(ValueError, match="B477.*here, 'data': found 1, expected a list"):
        list_of("here", {"data": 1}, "data")
    with pytest.raises(ValueError, match="B477.*here: found 1, expected an object"):
        text_of("here", 1, "text")
    assert len(shown("a" * 1000)) == 80
