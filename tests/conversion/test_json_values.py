"""JSON value by value."""

import json
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_bert_ext.conversion import json_values
from spacy_bert_ext.conversion.json_values import read_values

VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.floats(allow_nan=False), st.integers(), st.text(max_size=8)),
    lambda one: st.one_of(st.lists(one, max_size=3), st.dictionaries(st.text(max_size=3), one, max_size=3)),
    max_leaves=8,
)


@pytest.mark.parametrize("text", ['{"a": 1}\n{"a": 2}\n', '\n{"a": 1}\r\n\r\n{"a": 2}', '[{"a": 1}, {"a": 2}]'])
def test_lines_or_a_list(tmp_path: Path, text: str) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text(text, newline="")
    assert [found.value for found in read_values(path)] == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    ("text", "values", "place"),
    [
        ('{"a": 1}\n', [{"a": 1}], "line 1"),
        ('{\n"a": 1\n}\n', [{"a": 1}], "line 1"),
        ("[]", [], ""),
        ("[1]\n[2]\n", [[1], [2]], "line 1"),
        ("[1, 2]\n", [1, 2], "item 1"),
        ('[\n["a", {}]\n]', [["a", {}]], "item 1"),
    ],
)
def test_places(tmp_path: Path, text: str, values: list[object], place: str) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text(text)
    found = list(read_values(path))
    assert [one.value for one in found] == values
    assert not found or found[0].place == f"{path}, {place}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1}\n{"a": \n', "B475.*line 2: no JSON"),
        ('{\n"a": 1,\n"b"\n}', "B475.*line 4: no JSON"),
        ("", "B475.*line 1: no JSON"),
        ("[" * 100_000, "B475.*nested too deeply"),
        ("{" * 5 + "[" * 100_000, "B475.*no JSON"),
        ("[1,\n2", "B475.*line 2: no JSON"),
        ("[1,\n2 3]", "B475.*line 2: no JSON: Expecting ','"),
        ("[1,\n2,]", "B475.*line 2: no JSON"),
        ("[1,\n2,", "B475.*line 2: no JSON: the list has no end"),
        ("[1,\n2] 3", "B475.*line 2: no JSON: Extra data"),
        ('[1,\n"a]', "B475.*line 2: no JSON: Unterminated"),
    ],
)
def test_what_is_no_json_is_told_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        list(read_values(path))


@given(st.lists(VALUES, max_size=4), st.integers(1, 9), st.sampled_from([None, 1]))
def test_items_are_those_of_the_list_however_they_are_cut(
    tmp_path_factory: pytest.TempPathFactory, values: list[object], chunk: int, indent: int | None
) -> None:
    path = tmp_path_factory.mktemp("json") / "data.json"
    path.write_text(json.dumps(values, indent=indent), encoding="utf8")
    with patch.object(json_values, "_CHUNK", chunk):
        assert [found.value for found in read_values(path)] == values
