"""JSON value by value."""

import json
from pathlib import Path

import pytest

from spacy_bert_ext.conversion.formats.written import without_none, write_lines, write_list


@pytest.mark.parametrize("values", [[], [{"a": "ä\n"}], [1, 2]])
def test_values_come_back(tmp_path: Path, values: list[object]) -> None:
    path = tmp_path / "data"
    write_list(path, iter(values))
    assert json.loads(path.read_text("utf8")) == values
    write_lines(path, iter(values))
    assert [json.loads(line) for line in path.read_text("utf8").splitlines()] == values


def test_none_is_left_out() -> None:
    assert without_none({"a": None, "b": 0}) == {"b": 0}
