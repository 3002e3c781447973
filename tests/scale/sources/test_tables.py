"""Rows of CSV, TSV and Parquet."""

import io
from pathlib import Path

import pytest

from spacy_bert_ext.scale.sources import tables
from spacy_bert_ext.scale.sources.tables import read_csv, read_parquet, read_tsv
from tests.coded import raises_code
from tests.scale.sources.reading import rows_of


def test_csv(tmp_path: Path) -> None:
    data = '\ufeffid,text\r\n1,"a ""b"", \nc"\r\n\r\n2\r\n3,x,y\r\n4,'.encode() + b"\xff"
    found = rows_of(read_csv, tmp_path / "a", data)
    assert [tuple(row)[:2] for row in found] == [
        ({"id": "1", "text": 'a "b", \nc'}, None),
        ({"id": "2", "text": None}, "line 5 has 1 values, the header 2"),
        ({"id": "3", "text": "x"}, "line 6 has 3 values, the header 2"),
        ({"id": "4", "text": "\udcff"}, None),
    ]


def test_tsv(tmp_path: Path) -> None:
    found = rows_of(read_tsv, tmp_path / "a", b"text\tid\na, b\t1\n")
    assert [row.values for row in found] == [{"text": "a, b", "id": "1"}]


def test_quotes_in_tsv_are_letters_unless_all_values_have_them(tmp_path: Path) -> None:
    found = rows_of(read_tsv, tmp_path / "a", b'id\ttext\n1\t"Hello" he said\n2\t"open\n3\tx\n')
    assert [row.values["text"] for row in found] == ['"Hello" he said', '"open', "x"]
    found = rows_of(read_tsv, tmp_path / "b", b'"id"\t"text"\n"1"\t"a ""b""\n c"\n')
    assert [row.values["text"] for row in found] == ['a "b"\n c']


@pytest.mark.parametrize("delimiter", ";\t|,")
def test_the_header_tells_the_delimiter(tmp_path: Path, delimiter: str) -> None:
    data = delimiter.join(["\ufeffid", '"text"']) + "\r\n" + delimiter.join(["1", "a b"]) + "\r\n"
    assert [row.values for row in rows_of(read_csv, tmp_path / "a", data.encode())] == [{"id": "1", "text": "a b"}]


@pytest.mark.parametrize("end", ["", "\n", "\r\n3,c"])
def test_a_quote_without_an_end_does_not_swallow_rows(tmp_path: Path, end: str) -> None:
    data = f'id,text\r\n1,"a\nb"\r\n2,"open{end}'
    with raises_code("B526", match="line 4: a quote that begins in this row has no end"):
        rows_of(read_csv, tmp_path / "a", data.encode())


def test_tables_without_the_column_or_with_an_endless_cell_are_told(tmp_path: Path, monkeypatch) -> None:
    with raises_code("B521", match="no column 'body', but id, text"):
        rows_of(read_csv, tmp_path / "a", b"id,text\n1,a\n", "body")
    with raises_code("B526", match="its header has the column 'text' twice"):
        rows_of(read_csv, tmp_path / "a", b"text,,,text\n1,2,3,a\n")
    monkeypatch.setattr(tables, "MOST_CHARS", 10)
    with raises_code("B526", match="line 2: field larger than field limit"):
        rows_of(read_csv, tmp_path / "a", b'text\n"' + b"x" * 20)


def test_parquet(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    broken = pa.Array.from_buffers(pa.string(), 3, pa.array([b"ok", b"\xff", None]).buffers())
    file = io.BytesIO()
    parquet.write_table(pa.table({"text": broken, "id": [1, 2, 3], "tags": [["a"], [], None]}), file)
    found = rows_of(read_parquet, tmp_path / "a", file.getvalue())
    assert [row.values for row in found] == [
        {"text": "ok", "id": 1, "tags": ["a"]},
        {"text": "\udcff", "id": 2, "tags": []},
        {"text": None, "id": 3, "tags": None},
    ]
    with raises_code("B521", match="no column 'body', but text, id, tags"):
        rows_of(read_parquet, tmp_path / "a", file.getvalue(), "body")
    with raises_code("B526", match="Parquet"):
        rows_of(read_parquet, tmp_path / "a", b"PAR1 is what it begins with")


def test_columns_of_a_table_with_semicolons_are_told(tmp_path: Path) -> None:
    with raises_code("B521", match="no column 'body', but id, text"):
        rows_of(read_csv, tmp_path / "a", b"id;text\n1;a\n", "body")
