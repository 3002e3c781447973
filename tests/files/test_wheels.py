"""Wheels that are written without pip."""

import csv
import hashlib
import io
import zipfile
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest
from packaging.version import InvalidVersion

from spacy_bert_ext.files.wheels import Description, wheel_name, write_wheel

METADATA = "Metadata-Version: 2.1\nName: Some.thing\nVersion: 1.0\n\ntext, ü"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    (tmp_path / "code.py").write_text("x = 1\n", encoding="utf8")
    (tmp_path / "large").write_bytes(bytes(3 * 2**20))
    return {"thing/__init__.py": tmp_path / "code.py", "thing/a, b/large": tmp_path / "large"}


def write(folder: Path, files: dict[str, Path]) -> Path:
    description = Description("Some.thing", "1.0", METADATA, "[group]\na = b\n", {"LICENSE": b"MIT"})
    return write_wheel(folder, description, files, progress=lambda n: None)


def test_a_wheel_holds_the_files_and_their_hashes(tmp_path: Path, files: dict[str, Path]) -> None:
    wheel = write(tmp_path, files)
    with zipfile.ZipFile(wheel) as archive:
        assert archive.testzip() is None
        contents = {name: archive.read(name) for name in archive.namelist()}
    described = "some_thing-1.0.dist-info"
    record = f"{described}/RECORD"
    assert list(contents)[-1] == record
    rows = list(csv.reader(io.StringIO(contents.pop(record).decode("utf8"))))
    assert rows.pop() == [record, "", ""]
    assert {name: (digest, int(size)) for name, digest, size in rows} == {
        name: (f"sha256={urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip('=')}", len(content))
        for name, content in contents.items()
    }
    assert contents["thing/__init__.py"] == b"x = 1\n" and contents["thing/a, b/large"] == bytes(3 * 2**20)
    assert contents[f"{described}/METADATA"].decode("utf8") == METADATA
    assert contents[f"{described}/entry_points.txt"] == b"[group]\na = b\n"
    assert contents[f"{described}/licenses/LICENSE"] == b"MIT"
    assert b"Tag: py3-none-any" in contents[f"{described}/WHEEL"]


def test_the_same_files_make_the_same_wheel(tmp_path: Path, files: dict[str, Path]) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one, other = write(tmp_path / "a", files), write(tmp_path / "b", dict(reversed(files.items())))
    assert one.name == other.name and one.read_bytes() == other.read_bytes()


def test_progress_is_told_in_bytes(tmp_path: Path, files: dict[str, Path]) -> None:
    told: list[int] = []
    write_wheel(tmp_path, Description("a", "1", METADATA), files, progress=told.append)
    assert told == [6, 2**20, 2**20, 2**20]


def test_names_and_versions_are_written_as_pip_compares_them() -> None:
    assert wheel_name("en_Some.Thing", "1.0.0-alpha1") == "en_some_thing-1.0.0a1-py3-none-any.whl"
    with pytest.raises(InvalidVersion):
        wheel_name("a", "new")
