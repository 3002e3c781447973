"""Folders are written whole or not at all, and only where nothing else is."""

import errno
import os
from pathlib import Path

import pytest
import spacy
from spacy.language import Language

from spacy_bert_ext import save_pipeline
from spacy_bert_ext.files import folders
from spacy_bert_ext.files.folder_kinds import COMPONENT, PIPELINE
from spacy_bert_ext.files.folders import SaveError, check_not_input, check_output, file_written_whole, write_text_whole
from tests.coded import raises_code
from tests.pipeline.saved_folders import files_in


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def _file(folder: Path) -> Path:
    (folder / "file").touch()
    return folder / "file"


def test_without_an_exchange_of_names_the_older_one_is_moved_away(
    saved: Path, changed: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "exchange", lambda one, other: False)
    save_pipeline(changed, saved)
    assert spacy.load(saved).meta["version"] == "9.9.9"
    assert names(saved.parent) == {"saved"}


def test_a_link_stays_one(saved: Path, changed: Language, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(saved)
    save_pipeline(changed, tmp_path / "link")
    assert (tmp_path / "link").is_symlink() and spacy.load(saved).meta["version"] == "9.9.9"
    (tmp_path / "dangling").symlink_to(tmp_path / "elsewhere" / "there")
    save_pipeline(changed, tmp_path / "dangling")
    assert spacy.load(tmp_path / "elsewhere" / "there").meta["version"] == "9.9.9"


def test_something_else_is_not_replaced(trained: Language, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("irreplaceable")
    for path in (tmp_path / "mine", tmp_path / "mine" / "thesis.txt"):
        with raises_code("B032"):
            save_pipeline(trained, path)
    with raises_code("B200", SaveError, match="File exists"):
        save_pipeline(trained, tmp_path / "mine" / "thesis.txt" / "pipeline")
    assert files_in(tmp_path) == ["mine/thesis.txt"]


def test_a_mount_point_is_not_replaced(trained: Language, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os.path, "ismount", lambda path: path == tmp_path)
    with raises_code("B200", SaveError, match="it is a mount point"):
        save_pipeline(trained, tmp_path)


@pytest.mark.parametrize("within", [".", "bert_ner"])
def test_the_working_directory_is_not_replaced(
    saved: Path, trained: Language, monkeypatch: pytest.MonkeyPatch, within: str
) -> None:
    monkeypatch.chdir(saved / within)
    with raises_code("B200", SaveError, match="the working directory is there"):
        save_pipeline(trained, saved)
    with raises_code("B200", SaveError, match="the working directory is there"):
        check_output(Path("."), replacing=PIPELINE if within == "." else COMPONENT)
    spacy.load(saved)


def test_a_pipeline_within_a_pipeline_is_refused(trained: Language, saved: Path) -> None:
    before = files_in(saved)
    with raises_code("B201", match="lies within the pipeline"):
        save_pipeline(trained, saved / "bert_encoder" / "mine")
    assert files_in(saved) == before


@pytest.mark.skipif(os.name != "posix", reason="needs permissions")
@pytest.mark.parametrize("mask", [0o027, 0o002])
def test_permissions_are_those_that_the_user_wants(trained: Language, tmp_path: Path, mask: int) -> None:
    folder = tmp_path / "shared"
    former = os.umask(mask)
    try:
        save_pipeline(trained, folder)
        modes = {file.stat().st_mode & 0o777 for file in folder.rglob("*") if file.is_file()}
        folder.chmod(0o775)
        save_pipeline(trained, folder)
    finally:
        os.umask(former)
    assert modes == {0o666 & ~mask}
    assert folder.stat().st_mode & 0o777 == 0o775


def test_outputs_are_checked_before_there_is_anything_to_write(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_output(tmp_path / "new" / "folder", replacing=PIPELINE)
    check_output(saved, replacing=PIPELINE)
    assert names(tmp_path) == {"saved"}
    with raises_code("B032"):
        check_output(saved, replacing=COMPONENT)
    with raises_code("B550"):
        check_output(saved, replacing=PIPELINE, force=False)
    with raises_code("B201", match=r"saved/bert_encoder/mine lies within the pipeline .*saved, and would"):
        check_output(saved / "bert_encoder" / "mine", replacing=COMPONENT)
    with raises_code("B200", SaveError, match="Not a directory"):
        check_output(_file(tmp_path) / "output", replacing=PIPELINE)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with raises_code("B200", SaveError, match="it may not be changed"):
        check_output(saved, replacing=PIPELINE)

    def read_only(*args: object, **kwargs: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(folders.tempfile, "TemporaryDirectory", read_only)
    with raises_code("B200", SaveError, match="Read-only file system"):
        check_output(tmp_path / "new", replacing=PIPELINE)


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    write_text_whole(tmp_path / "new" / "file", "old")
    with raises_code("B200", SaveError):
        write_text_whole(tmp_path / "new" / "file" / "file", "other")
    with pytest.raises(UnicodeEncodeError):
        write_text_whole(tmp_path / "new" / "file", "half \ud800")
    assert (tmp_path / "new" / "file").read_text() == "old"
    assert names(tmp_path / "new") == {"file"}


def test_what_killed_processes_have_left_beside_a_file_is_removed_or_used(tmp_path: Path) -> None:
    left = tmp_path / ".file.saving-abcd1234"
    left.mkdir()
    (left / "new").write_text("half")
    write_text_whole(tmp_path / "file", "whole")
    assert names(tmp_path) == {"file"}
    left.mkdir()
    (tmp_path / "file").rename(left / "old")
    (left / "new").mkdir()
    with pytest.raises(RuntimeError), file_written_whole(tmp_path / "file"):
        raise RuntimeError
    assert (tmp_path / "file").is_dir() and names(tmp_path) == {"file"}


def test_an_error_of_a_file_that_is_read_names_that_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"nothere\.csv"), file_written_whole(tmp_path / "file"):
        (tmp_path / "nothere.csv").read_text()
    with raises_code("B200", SaveError, match="file"), file_written_whole(tmp_path / "file") as new:
        (new / "within").touch()
    assert not names(tmp_path)


def test_an_input_is_no_output(tmp_path: Path) -> None:
    source = tmp_path / "a"
    check_not_input(source, source)
    source.write_text("a", encoding="utf8")
    check_not_input(tmp_path / "b", source)
    with raises_code("B583", match="is the input itself"):
        check_not_input(tmp_path / ".." / tmp_path.name / "a", source)
