"""How files begin."""

import gzip
from pathlib import Path

import pytest

from spacy_bert_ext.conversion.formats.heads import json_head, read_head


def test_the_first_value_is_found_also_if_it_is_cut() -> None:
    found = json_head(b'[{"a": 1}, 2]')
    assert found is not None and found.first == {"a": 1} and found.in_list and found.after == ", 2]"
    found = json_head('\ufeff {"a": 1, "b": "x'.encode())
    assert found is not None and found.keys == {"a", "b"} and found.first["a"] == 1 and not found.in_list
    found = json_head('{"a": 1}'.encode("utf-16"))
    assert found is not None and found.keys == {"a"}
    found = json_head(b"[3")
    assert found is not None and found.keys == frozenset()
    assert json_head(b"a,b") is None and json_head(b"") is None


def test_heads_are_those_of_texts(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(gzip.compress(b"abc"))
    assert read_head(path) == b"abc"
    path.write_bytes(b"PAR1")
    with pytest.raises(ValueError, match="B502.*Parquet"):
        read_head(path)
