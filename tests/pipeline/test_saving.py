"""Whole pipelines: all or nothing, whatever ends the process; and what would be lost is told when it is saved."""

import errno
import os
import shutil
from pathlib import Path

import pytest
import spacy
import torch
from spacy.language import Language

from spacy_bert_ext import save_pipeline
from spacy_bert_ext.files import exchange as exchange_module
from spacy_bert_ext.files import folders
from spacy_bert_ext.files.exchange import exchange
from spacy_bert_ext.files.folders import SaveError, check_output, write_text_whole
from spacy_bert_ext.files.unfinished import REPLACING, SAVING, temporary_beside
from tests.pipeline.pipelines import TEXTS, assert_same, head_of, make_nlp, raises_code
from tests.pipeline.test_files import assert_same_files, files_in


@pytest.fixture
def saved(trained: Language, tmp_path: Path) -> Path:
    """The folder of a pipeline that is replaced in tests."""
    save_pipeline(trained, tmp_path / "saved")
    return tmp_path / "saved"


@pytest.fixture
def changed(trained: Language) -> Language:
    """A pipeline of other weights and meta data than what was saved."""
    with torch.no_grad():
        head_of(trained, "bert_textcat").shim.module.output.bias += torch.tensor([3.0, 0.0, 0.0])
    trained.meta["version"] = "9.9.9"
    return trained


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


def test_without_an_exchange_of_names_the_older_one_is_moved_away(
    saved: Path, changed: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "exchange", lambda one, other: False)
    save_pipeline(changed, saved)
    assert spacy.load(saved).meta["version"] == "9.9.9"
    assert names(saved.parent) == {"saved"}


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


def test_a_link_stays_one(saved: Path, changed: Language, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(saved)
    save_pipeline(changed, tmp_path / "link")
    assert (tmp_path / "link").is_symlink() and spacy.load(saved).meta["version"] == "9.9.9"
    (tmp_path / "dangling").symlink_to(tmp_path / "elsewhere" / "there")
    save_pipeline(changed, tmp_path / "dangling")
    assert spacy.load(tmp_path / "elsewhere" / "there").meta["version"] == "9.9.9"


# Where nothing can be saved


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
        check_output(Path("."), replacing="meta.json" if within == "." else "cfg")
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
    check_output(tmp_path / "new" / "folder")
    check_output(saved, replacing="meta.json")
    assert names(tmp_path) == {"saved"}
    with raises_code("B032"):
        check_output(saved)
    with raises_code("B201", match=r"saved/bert_encoder/mine lies within the pipeline .*saved, and would"):
        check_output(saved / "bert_encoder" / "mine")
    with raises_code("B200", SaveError, match="Not a directory"):
        check_output(_file(tmp_path) / "output")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with raises_code("B200", SaveError, match="it may not be changed"):
        check_output(saved, replacing="meta.json")

    def read_only(*args: object, **kwargs: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(folders.tempfile, "TemporaryDirectory", read_only)
    with raises_code("B200", SaveError, match="Read-only file system"):
        check_output(tmp_path / "new")


def _file(folder: Path) -> Path:
    (folder / "file").touch()
    return folder / "file"


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    write_text_whole(tmp_path / "new" / "file", "old")
    with raises_code("B200", SaveError):
        write_text_whole(tmp_path / "new" / "file" / "file", "other")
    with pytest.raises(UnicodeEncodeError):
        write_text_whole(tmp_path / "new" / "file", "half \ud800")
    assert (tmp_path / "new" / "file").read_text() == "old"
    assert names(tmp_path / "new") == {"file"}


# What killed processes leave


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


# Encoders that would not be saved


def test_a_head_without_its_encoder_is_not_saved(trained: Language, saved: Path, copied: Path, tmp_path: Path) -> None:
    trained.remove_pipe("bert_encoder")
    with raises_code("B203", match="'bert_ner' listens to the encoder 'bert_encoder', which is not in the pipeline"):
        trained.to_disk(tmp_path / "new")
    with raises_code("B203"):
        save_pipeline(trained, saved)
    assert_same_files(saved, copied)


def test_a_head_whose_encoder_was_renamed_is_not_saved(bert_folder: str, tmp_path: Path) -> None:
    nlp = make_nlp(bert_folder, [])
    listener = {"@architectures": "spacy-bert-ext.EncoderListener.v1", "upstream": "bert_encoder"}
    nlp.add_pipe("bert_ner", config={"model": {"encoder": listener}})
    nlp.rename_pipe("bert_encoder", "bert")
    for save in (lambda: nlp.to_disk(tmp_path / "new"), nlp.to_bytes, lambda: save_pipeline(nlp, tmp_path / "new")):
        with raises_code("B204", match="encoder 'bert_encoder' .* renamed to 'bert'"):
            save()
    nlp.rename_pipe("bert", "bert_encoder")
    save_pipeline(nlp, tmp_path / "new")


def test_heads_that_name_no_encoder_follow_a_renaming(trained: Language, tmp_path: Path) -> None:
    expected = list(trained.pipe(TEXTS))
    trained.rename_pipe("bert_encoder", "bert")
    trained.rename_pipe("bert_ner", "ner")
    for save in (trained.to_disk, lambda path: save_pipeline(trained, path)):
        save(tmp_path / "renamed")
        assert_same(list(spacy.load(tmp_path / "renamed").pipe(TEXTS)), expected, tolerance=1e-7)


def test_spacys_heads_without_their_encoder_are_not_saved(bert_folder: str, tmp_path: Path) -> None:
    nlp = make_nlp(bert_folder, [])
    listener = {"@architectures": "spacy-bert-ext.Tok2VecListener.v1"}
    nlp.add_pipe("tagger", config={"model": {"@architectures": "spacy.Tagger.v2", "tok2vec": listener}})
    nlp.remove_pipe("bert_encoder")
    with raises_code("B203", match="'tagger'"):
        save_pipeline(nlp, tmp_path / "new")


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


# The exchange of names


def test_two_folders_exchange_their_names(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    assert exchange(tmp_path / "one", tmp_path / "other")
    assert names(tmp_path / "one") == {"other"} and names(tmp_path / "other") == {"one"}
    with pytest.raises(FileNotFoundError):
        exchange(tmp_path / "one", tmp_path / "none")


@pytest.mark.parametrize("number, done", [(errno.ENOSYS, False), (errno.EINVAL, False), (0, True)])
def test_systems_without_an_exchange_say_so(tmp_path: Path, monkeypatch, number: int, done: bool) -> None:
    monkeypatch.setattr(exchange_module, "_system_call", lambda: lambda one, other: -1 if number else 0)
    monkeypatch.setattr(exchange_module.ctypes, "get_errno", lambda: number)
    assert exchange(tmp_path, tmp_path) is done
    monkeypatch.setattr(exchange_module, "_system_call", lambda: None)
    assert not exchange(tmp_path, tmp_path)
