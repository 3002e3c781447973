"""Bytes as text, and what is none."""

import gzip
import pickle
from pathlib import Path

import pytest

from spacy_bert_ext.conversion.encodings import check_is_text, open_text, read_lines, read_text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_marked_encodings_are_recognised_and_marks_left_out(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "data"
    path.write_bytes("Ä😀\r\nb".encode(encoding))
    assert read_text(path) == "Ä😀\r\nb"
    assert list(read_lines(path)) == ["Ä😀", "b"]
    assert read_text(path, "utf-8" if encoding.startswith("utf-8") else encoding) == "Ä😀\r\nb"
    path.write_bytes(gzip.compress("Ä".encode(encoding)))
    assert read_text(path) == "Ä"


def test_others_are_named(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(b"a\nb\xe4r\n")
    with pytest.raises(ValueError, match=r"B503.*data\.csv, line 2: byte 0xe4 is no UTF-8.*--encoding latin-1"):
        read_text(path)
    assert read_text(path, "latin-1") == "a\nbär\n"
    with pytest.raises(ValueError, match="B504.*'latin-x'"):
        read_text(path, "latin-x")
    path.write_bytes("ab".encode("utf-16-le"))
    with pytest.raises(ValueError, match="B503.*line 1: it has zero bytes.*utf-16-le"):
        read_text(path)
    path.write_bytes(b"a\n" * 10**5 + b"\xe4\n")
    with pytest.raises(ValueError, match="B503.*line 100001: "):
        read_text(path)
    path.write_bytes(b"a\n\xe4")
    with pytest.raises(ValueError, match=r"B503.*line 2: it ends within a character"):
        read_text(path)


def test_lines_end_at_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_text("a\u2028b\x85c\x0bd\r\ne", encoding="utf8", newline="")
    assert list(read_lines(path)) == ["a\u2028b\x85c\x0bd", "e"]


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(pickle.dumps(["a"]))
    with pytest.raises(ValueError, match="B502.*a pickle.*to_csv"), open_text(path):
        pass
    with pytest.raises(ValueError, match="B502.*a pickle"):
        check_is_text(Path("a.pkl"), b"a")
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(ValueError, match="B502.*Excel"):
        read_text(path)
    path.write_bytes(gzip.compress(b"a long text" * 100)[:-20])
    with pytest.raises(ValueError, match=r"B475.*data\.csv"):
        read_text(path)
