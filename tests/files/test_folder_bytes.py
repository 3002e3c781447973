"""A folder as bytes, and back; never outside of it."""

from pathlib import Path

import pytest
import srsly

from spacy_bert_ext.files.folder_bytes import bytes_to_files, folder_to_bytes, temporary_folder, write_files
from tests.coded import raises_code

FILES = {"a": b"1", "b/c": b"\x00\xff"}


def test_round_trip() -> None:
    with temporary_folder() as folder:
        write_files(FILES, folder)
        data = folder_to_bytes(folder)
    assert not folder.exists()
    assert bytes_to_files(data) == FILES


def test_equal_folders_have_equal_bytes(tmp_path: Path) -> None:
    for name, files in (("one", FILES), ("other", dict(reversed(FILES.items())))):
        write_files(files, tmp_path / name)
    assert folder_to_bytes(tmp_path / "one") == folder_to_bytes(tmp_path / "other")


@pytest.mark.parametrize("data", [b"", b"\xc1", srsly.msgpack_dumps(5), srsly.msgpack_dumps({"a": "text"})])
def test_damaged_bytes_are_refused(data: bytes) -> None:
    with raises_code("B030"):
        bytes_to_files(data)


@pytest.mark.parametrize("name", ["../a", "a/../../b", "/etc/passwd", "C:\\a", "..\\a"])
def test_names_outside_of_the_folder_are_refused(name: str) -> None:
    with raises_code("B033"):
        bytes_to_files(srsly.msgpack_dumps({name: b""}))
