"""Whole pipelines: all or nothing, whatever ends the process; and what would be lost is told when it is saved."""

import errno
import shutil
from pathlib import Path

import pytest
import spacy
from spacy.language import Language

from spacy_bert_ext import save_pipeline
from spacy_bert_ext.files import folders
from spacy_bert_ext.files.folders import SaveError
from spacy_bert_ext.files.unfinished import REPLACING, SAVING, temporary_beside
from tests.annotated import TEXTS
from tests.coded import raises_code
from tests.pipeline.comparing import assert_same
from tests.pipeline.saved_folders import assert_same_files


@pytest.fixture
def copied(saved: Path, tmp_path: Path) -> Path:
    """What `saved` is before a test."""
    return Path(shutil.copytree(saved, tmp_path / "copied"))


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_saved_pipeline_predicts_the_same(trained: Language, saved: Path) -> None:
    assert_same(list(spacy.load(saved).pipe(TEXTS)), list(trained.pipe(TEXTS)), tolerance=1e-7)
    assert names(saved.parent) == {"saved"}


def test_the_same_pipeline_is_saved_to_the_same_files(saved: Path, tmp_path: Path) -> None:
    save_pipeline(spacy.load(saved), tmp_path / "again")
    assert_same_files(saved, tmp_path / "again")


def test_an_older_pipeline_is_replaced_with_all_its_files(saved: Path, changed: Language) -> None:
    changed.remove_pipe("bert_textcat_multilabel")
    save_pipeline(changed, saved)
    loaded = spacy.load(saved)
    assert loaded.meta["version"] == "9.9.9"
    assert_same(list(loaded.pipe(TEXTS)), list(changed.pipe(TEXTS)), tolerance=1e-7)
    assert not (saved / "bert_textcat_multilabel").exists()


def test_files_of_no_pipeline_stay(saved: Path, changed: Language) -> None:
    (saved / "README.md").write_text("mine")
    (saved / ".git").mkdir()
    (saved / ".git" / "HEAD").write_text("ref")
    (saved / "link").symlink_to("README.md")
    save_pipeline(changed, saved)
    assert (saved / "link").read_text() == "mine" and (saved / "link").is_symlink()
    assert (saved / ".git" / "HEAD").read_text() == "ref"


@pytest.mark.parametrize("failing", ["spacy_bert_ext.heads.module.save_file", "spacy_bert_ext.pipeline.saving._digest"])
def test_a_save_that_fails_leaves_the_older_pipeline(
    saved: Path, copied: Path, changed: Language, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(failing, fail)
    with raises_code("B200", SaveError, match="saved: No space left on device"):
        save_pipeline(changed, saved)
    assert_same_files(saved, copied)
    assert names(saved.parent) == {"saved", "copied"}


def test_only_over_an_older_pipeline_files_belong_to_two(trained: Language, saved: Path, monkeypatch) -> None:
    kinds = []

    def noted(path: Path, kind: str) -> object:
        kinds.append((path.name, kind))
        return temporary_beside(path, kind)

    monkeypatch.setattr(folders, "temporary_beside", noted)
    trained.get_pipe("bert_ner").to_disk(saved / "bert_ner")
    assert kinds == [("bert_ner", SAVING)]
    kinds.clear()
    trained.to_disk(saved)
    assert {kind for _, kind in kinds} == {REPLACING}
    kinds.clear()
    save_pipeline(trained, saved)
    assert {kind for _, kind in kinds} == {SAVING}


def test_a_pipeline_that_was_replaced_while_it_was_loaded_is_refused(
    saved: Path, changed: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    from_disk = Language.from_disk

    def saved_meanwhile(nlp: Language, path: Path, **kwargs: object) -> Language:
        save_pipeline(changed, saved)
        return from_disk(nlp, path, **kwargs)

    monkeypatch.setattr(Language, "from_disk", saved_meanwhile)
    with raises_code("B205", match="Load it again"):
        spacy.load(saved)
    monkeypatch.undo()
    nlp = spacy.load(saved)
    save_pipeline(changed, saved.parent / "other")
    nlp.from_disk(saved.parent / "other")  # another pipeline, as is wanted
    assert_same(list(nlp.pipe(TEXTS)), list(changed.pipe(TEXTS)), tolerance=1e-7)


def test_disabled_components_are_saved(trained: Language, tmp_path: Path) -> None:
    expected = list(trained.pipe(TEXTS))
    with trained.select_pipes(enable="bert_ner"):
        save_pipeline(trained, tmp_path / "selected")
        trained.to_bytes()
    loaded = spacy.load(tmp_path / "selected")
    assert loaded.pipe_names == ["bert_ner"]
    for name in loaded.disabled:
        loaded.enable_pipe(name)
    assert_same(list(loaded.pipe(TEXTS)), expected, tolerance=1e-7)


def test_what_is_left_out_on_purpose_is_no_error(trained: Language, tmp_path: Path) -> None:
    trained.to_disk(tmp_path / "heads", exclude=["bert_encoder"])
    with raises_code("B030", match="bert_encoder"):
        spacy.load(tmp_path / "heads")
    heads = spacy.load(tmp_path / "heads", exclude=["bert_encoder"])
    save_pipeline(heads, tmp_path / "again")
    with raises_code("B020"):
        heads(TEXTS[0])
