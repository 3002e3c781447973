"""Files are opened in their folder only, and only if they are regular ones."""

import os
from pathlib import Path

import pytest

from spacy_bert_ext.files.contents import BytesContents, FolderContents


def test_names_of_files_and_of_those_one_folder_below(tmp_path: Path) -> None:
    for name in ("b", "a/c", "a/d/e"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    contents = FolderContents(tmp_path)
    assert contents.names() == ["a/c", "b"]
    with contents.open("a/c") as file:
        assert file.read() == b"a/c"


def test_bytes_are_files() -> None:
    contents = BytesContents({"b": b"2", "a": b"1"})
    assert contents.names() == ["a", "b"]
    with contents.open("b") as file:
        assert file.read() == b"2"


def test_links_lead_to_the_folder_or_to_blobs_of_the_hub(tmp_path: Path) -> None:
    folder, blobs = tmp_path / "snapshots" / "main", tmp_path / "blobs"
    for made in (folder, blobs):
        made.mkdir(parents=True)
    for target in (blobs / "blob", folder / "there", tmp_path / "secret"):
        target.write_text(target.name)
    for name, target in (("hub", blobs / "blob"), ("beside", folder / "there"), ("outside", tmp_path / "secret")):
        (folder / name).symlink_to(target)
    contents = FolderContents(folder)
    for name, text in (("hub", b"blob"), ("beside", b"there")):
        with contents.open(name) as file:
            assert file.read() == text
    for name in ("outside", "../../secret"):
        with pytest.raises(OSError, match="a link to another place"):
            contents.open(name)


def test_a_link_to_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(OSError):
        FolderContents(tmp_path).open("loop")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="no regular file"):
        FolderContents(tmp_path).open("pipe")
