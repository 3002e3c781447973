"""Which files belong to a name: a folder's, or those of the hub."""

import shutil

import pytest
import spacy

from spacy_bert_ext.huggingface.loading import load_checkpoint, load_tokenizer
from tests.tiny import WIDTH


def test_a_folder_that_looks_like_a_hub_name_is_read(bert_folder, tmp_path, monkeypatch):
    shutil.copytree(bert_folder, tmp_path / "owner" / "name")
    monkeypatch.chdir(tmp_path)
    assert load_checkpoint("owner/name").width == WIDTH


@pytest.mark.parametrize("name", ["/no/such/folder", "./checkpoint", "../checkpoint", "a/b/c"])
def test_a_folder_that_is_not_there_is_refused(name):
    with pytest.raises(ValueError, match=rf"B001.*'{name}': there is no such folder\. Give a folder"):
        load_checkpoint(name)
    with pytest.raises(ValueError, match="B001"):
        load_tokenizer(name)


def test_a_name_below_a_folder_that_is_there_is_no_hub_name(tmp_path, monkeypatch):
    (tmp_path / "models").mkdir()
    monkeypatch.chdir(tmp_path)
    for name in ("models/bert", "absent/"):
        with pytest.raises(ValueError, match=rf"B001.*'{name}': there is no such folder\."):
            load_checkpoint(name)


@pytest.mark.parametrize("name", ["nobody-here/no-checkpoint", "no-checkpoint-of-this-name", "not a name", ""])
def test_a_hub_name_that_cannot_be_fetched_is_refused(name):
    with pytest.raises(ValueError, match=rf"B001.*'{name}': the.* folder.*Give a folder"):
        load_checkpoint(name)


def test_a_folder_without_a_config_is_refused(folder):
    (folder / "config.json").unlink()
    with pytest.raises(ValueError, match=r"B001.*config\.json"):
        load_checkpoint(str(folder))


def test_what_is_something_else_is_told(tmp_path):
    (tmp_path / "file").touch()
    spacy.blank("en").to_disk(tmp_path / "pipeline")
    with pytest.raises(ValueError, match="B001.*file': it is a file"):
        load_checkpoint(str(tmp_path / "file"))
    with pytest.raises(ValueError, match="B001.*pipeline': the folder holds a pipeline of spaCy"):
        load_checkpoint(str(tmp_path / "pipeline"))
