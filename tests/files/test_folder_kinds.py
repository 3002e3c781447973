"""A folder is replaced by one of its kind, if that is wanted, and never by another."""

from pathlib import Path

import pytest

from spacy_bert_ext.files.folder_kinds import FolderKind

NOTES = FolderKind("note", ("a.txt", "b.txt"))
STRICT = NOTES._replace(only=("*.txt",))


def folder(path: Path, *names: str) -> Path:
    path.mkdir()
    for name in names:
        (path / name).touch()
    return path


@pytest.mark.parametrize("kind", [NOTES, STRICT])
def test_what_is_absent_empty_or_of_the_kind_may_be_written(kind: FolderKind, tmp_path: Path) -> None:
    kind.check_replaceable(tmp_path / "absent", force=False)
    kind.check_replaceable(folder(tmp_path / "empty"), force=False)
    kind.check_replaceable(folder(tmp_path / "full", "a.txt", "b.txt"), force=True)
    with pytest.raises(ValueError, match=r"B550.*full already holds a note.*--force"):
        kind.check_replaceable(tmp_path / "full", force=False)


def test_something_else_may_not(tmp_path: Path) -> None:
    file = folder(tmp_path / "other", "a.txt") / "a.txt"
    for path in (file, file.parent):
        for force in (False, True):
            with pytest.raises(ValueError, match="B032.*is not empty and holds no note"):
                NOTES.check_replaceable(path, force=force)


def test_strangers_are_kept_by_the_writer_or_named(tmp_path: Path) -> None:
    full = folder(tmp_path / "full", "a.txt", "b.txt", "thesis.pdf")
    NOTES.check_replaceable(full, force=True)
    with pytest.raises(ValueError, match="B551.*holds a note, and thesis.pdf, which would be lost"):
        STRICT.check_replaceable(full, force=True)
