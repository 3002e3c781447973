"""Each file is read once and compared with its checksum."""

import io
import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import torch
from safetensors.torch import save

from spacy_bert_ext.errors import Errors
from spacy_bert_ext.files.checksums import CHECKSUMS_FILE, write_checksums
from spacy_bert_ext.files.contents import BytesContents, FolderContents
from spacy_bert_ext.files.saved_files import SavedFiles
from tests.coded import raises_code

WEIGHTS = {"bias": torch.tensor([1.0, 2.0])}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "vocab.txt").write_text("a\nb\n")
    (tmp_path / "config.json").write_text('{"a": 1}')
    (tmp_path / "model.safetensors").write_bytes(save(WEIGHTS))
    write_checksums(tmp_path, {"version": 1})
    return tmp_path


def read_all(folder: Path) -> SavedFiles:
    with closing(SavedFiles(FolderContents(folder), "bert_ner", folder)) as files:
        files.check_with(files.read_json(CHECKSUMS_FILE))
        reading = files.start_reading_weights("model.safetensors")
        assert files.read_json("config.json")["a"] in (1, 2)
        assert torch.equal(reading.result()["bias"], WEIGHTS["bias"])
        files.finish()
    return files


def test_what_was_saved_is_read(folder: Path) -> None:
    files = read_all(folder)
    assert files.recorded == {"version": 1}
    assert files.names() == ["config.json", "model.safetensors", "vocab.txt"]


def test_settings_may_be_edited(folder: Path) -> None:
    (folder / "config.json").write_text('{"a": 2}')
    with pytest.warns(UserWarning, match=r"\[B190\].*config.json"):
        read_all(folder)


def test_line_ends_of_texts_may_change(folder: Path) -> None:
    (folder / "vocab.txt").write_bytes(b"a\r\nb\r\n")
    read_all(folder)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda folder: (folder / "vocab.txt").write_text("a\nc\n"), "B170"),
        (lambda folder: (folder / "model.safetensors").write_bytes(save(WEIGHTS) + b"\0"), "B170"),
        (lambda folder: (folder / "vocab.txt").unlink(), "B030"),
        (lambda folder: (folder / CHECKSUMS_FILE).write_text('{"files": {"a": 1}}'), "B030"),
    ],
)
def test_everything_else_is_refused(folder: Path, change: Callable[[Path], object], code: str) -> None:
    change(folder)
    with raises_code(code):
        read_all(folder)


@pytest.mark.parametrize("text", ["", "[1]", '{"a": NaN}', "{", "\xff"])
def test_no_table(text: str) -> None:
    files = SavedFiles(BytesContents({"cfg": text.encode("latin1")}), "bert_ner", "bytes")
    with closing(files), raises_code("B030", match="cfg"):
        files.read_json("cfg")


def test_files_in_a_folder_among_them() -> None:
    contents = BytesContents({"encoder/cfg": json.dumps({"a": 1}).encode(), "cfg": b"{}"})
    with closing(SavedFiles(contents, "bert_ner", "bytes", text=Errors.B091)) as files:
        inner = files.within("encoder")
        assert (inner.names(), inner.where) == (["cfg"], "bytes/encoder")
        assert inner.read_json("cfg") == {"a": 1}
        with raises_code("B091", match="config.json is missing"):
            inner.read("config.json")


def test_a_file_that_is_larger_than_memory_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Huge(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise MemoryError

    monkeypatch.setattr(FolderContents, "open", lambda *_: Huge())
    files = SavedFiles(FolderContents(folder), "bert_ner", folder)
    with closing(files), raises_code("B030", match="vocab.txt can't be read: there is not memory enough"):
        files.read_large("vocab.txt")
