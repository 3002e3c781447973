"""Tokenizers that are read, and that are refused."""

import json
import shutil
from pathlib import Path

import pytest

from spacy_bert_ext.huggingface.loading import load_checkpoint, load_tokenizer
from tests.huggingface.folders import edit_config
from tests.tiny import KINDS


def test_byte_level_tokenizers_are_given_the_space_before_a_word(checkpoints):
    for kind in ("roberta", "modernbert"):
        tokenizer = load_tokenizer(checkpoints[kind])
        assert tokenizer.tokenize(["the", "of"], is_split_into_words=True) == ["Ġthe", "Ġof"]
        assert load_checkpoint(checkpoints[kind]).tokenizer.tokenize("the") == ["Ġthe"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_without_a_tokenizer_is_refused(checkpoints, tmp_path, kind):
    for name in ("config.json", "model.safetensors"):
        shutil.copy(Path(checkpoints[kind]) / name, tmp_path / name)
    with pytest.raises(ValueError, match=r"B004.*no fast tokenizer.*`tokenizer\.json`"):
        load_checkpoint(str(tmp_path))
    with pytest.raises(ValueError, match="B004"):
        load_tokenizer(str(tmp_path))


def test_a_damaged_tokenizer_is_refused(folder):
    (folder / "tokenizer.json").write_text('{"version": "1.0"')
    with pytest.raises(ValueError, match="B004"):
        load_checkpoint(str(folder))


def test_a_tokenizer_that_is_slow_only_is_refused(folder):
    (folder / "tokenizer.json").unlink()
    edit_config(folder, tokenizer_class="CanineTokenizer")
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "CanineTokenizer"}))
    with pytest.raises(ValueError, match=r"B004.*CanineTokenizer is a slow one"):
        load_checkpoint(str(folder))
