"""CSV and Parquet, whose columns are known when all rows are."""

import csv
import datetime
from pathlib import Path

import pytest

from spacy_bert_ext.scale.columns import MARK, TEXT
from spacy_bert_ext.scale.sinks.tables import Csv, Parquet
from tests.scale.ruled import ADA
from tests.scale.sinks.made import written


def test_csv_has_the_columns_of_all_chunks(tmp_path: Path) -> None:
    output = written(Csv(), tmp_path, [{"text": 'a,"b"\n', "ents": [ADA], "error": None}], [{"text": "c", "id": 1}])
    with output.open(encoding="utf8", newline="") as file:
        found = list(csv.DictReader(file))
    assert found[0]["text"] == 'a,"b"\n' and found[0]["ents"].startswith('[{"start": 0, "end": 3,')
    assert found[1] == {"text": "c", "ents": "", "error": "", "id": "1"}


def test_csv_keeps_returns_within_values(tmp_path: Path) -> None:
    output = written(Csv(), tmp_path, [{"text": "a\rb", "n": 1}, {"text": "", "n": None}, {"text": "\r\n", "n": 2}])
    with output.open(encoding="utf8", newline="") as file:
        found = list(csv.DictReader(file))
    assert [row["text"] for row in found] == ["a\rb", "", "\r\n"] and [row["n"] for row in found] == ["1", "", "2"]


@pytest.fixture
def sink() -> Parquet:
    pytest.importorskip("pyarrow")
    return Parquet({"ents": MARK, "error": TEXT})


def test_parquet_has_types(sink: Parquet, tmp_path: Path) -> None:
    from pyarrow import parquet

    day = datetime.date(2026, 1, 2)
    first = {"text": "a\udcff", "n": None, "wide": 1, "day": day, "ents": None, "error": "x"}
    second = {"text": "b", "n": 2, "wide": 0.5, "day": None, "ents": [ADA], "error": None, "new": True}
    table = parquet.read_table(written(sink, tmp_path, [first], [second]))
    assert table.to_pylist() == [{**first, "text": "a\ufffd", "new": None}, second]
    assert [str(field.type) for field in table.schema][1:4] == ["int64", "double", "date32[day]"]


def test_what_does_not_go_together_becomes_json(sink: Parquet, tmp_path: Path) -> None:
    from pyarrow import parquet

    rows = [{"mixed": [1, "a"], "other": 1}, {"mixed": None, "other": "b"}], [{"mixed": {"x": 1}, "other": "b"}]
    table = parquet.read_table(written(sink, tmp_path, *rows))
    assert table["mixed"].to_pylist() == ['[1, "a"]', None, '{"x": 1}']
    assert table["other"].to_pylist() == ["1", "b", "b"]  # in one chunk and in the other
