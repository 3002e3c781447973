"""What killed processes leave is made good or removed; what others are writing stays."""

import os
import shutil
from pathlib import Path

import pytest
import spacy
from spacy.language import Language

from spacy_bert_ext import save_pipeline
from spacy_bert_ext.files.unfinished import REPLACING, SAVING, held, temporary_beside
from tests.annotated import TEXTS
from tests.coded import raises_code


@pytest.fixture
def copied(saved: Path, tmp_path: Path) -> Path:
    """What `saved` is before a test."""
    return Path(shutil.copytree(saved, tmp_path / "copied"))


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_kill_between_two_renames_is_made_good_by_the_next_save_or_load(
    saved: Path, copied: Path, changed: Language
) -> None:
    left = saved.parent / ".saved.saving-abcd1234"
    left.mkdir()
    saved.rename(left / "old")
    shutil.copytree(copied, left / "new")
    save_pipeline(changed, saved)
    assert spacy.load(saved).meta["version"] == "9.9.9"
    assert names(saved.parent) == {"saved", "copied"}
    left = saved / ".bert_ner.saving-abcd1234"
    left.mkdir()
    (saved / "bert_ner").rename(left / "old")
    shutil.copytree(copied / "bert_ner", left / "new")
    assert spacy.load(saved)(TEXTS[0]).ents
    assert not left.exists()


@pytest.mark.parametrize("load", [True, False])
def test_what_a_kill_has_left_goes_with_the_next_save_or_load(trained: Language, saved: Path, load: bool) -> None:
    left = [saved / ".bert_encoder.saving-abcd1234", saved / ".bert_ner.saving-abcd1234"]
    for folder in left:
        (folder / "new").mkdir(parents=True)
    ours = saved / ".bert_encoder.backup"
    ours.mkdir()
    if load:
        spacy.load(saved)
    else:
        trained.to_disk(saved)
    assert not any(folder.exists() for folder in left)
    assert ours.exists()


def test_what_another_process_is_saving_stays(saved: Path) -> None:
    with temporary_beside(saved / "bert_ner", SAVING) as folder:
        spacy.load(saved)
        assert folder.exists()


def test_where_there_are_no_locks_only_old_folders_go(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spacy_bert_ext.files.unfinished.fcntl", None)
    old, young = saved / ".bert_ner.saving-abcd1234", saved / ".bert_ner.saving-abcd1235"
    old.mkdir()
    young.mkdir()
    os.utime(old, (0, 0))
    spacy.load(saved)
    assert young.exists() and not old.exists()


def test_a_pipeline_that_is_being_replaced_piece_by_piece_does_not_load(trained: Language, saved: Path) -> None:
    with temporary_beside(saved / "bert_ner", REPLACING), raises_code("B206", match="or was when that was killed"):
        spacy.load(saved)
    left = saved / ".bert_ner.replacing-abcd1234"  # of a process that was killed
    left.mkdir()
    with raises_code("B206", match="delete .*replacing-abcd1234"):
        spacy.load(saved)
    trained.to_disk(saved)
    assert spacy.load(saved)(TEXTS[0]).ents


def test_a_folder_is_held_by_one(tmp_path: Path) -> None:
    with held(tmp_path) as is_ours, held(tmp_path) as is_ours_too:
        assert is_ours and not is_ours_too
    with held(tmp_path) as is_ours:
        assert is_ours
