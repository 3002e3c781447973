"""A file that is no config is told as such."""

from pathlib import Path

import pytest

from spacy_bert_ext.cli.configs.reading import read_training_config


def test_overrides_count_and_variables_stay(tmp_path: Path) -> None:
    (tmp_path / "config.cfg").write_text('[paths]\ntrain = null\n\n[nlp]\nlang = "en"\nname = ${paths.train}\n')
    config = read_training_config(tmp_path / "config.cfg", {"paths.train": "x.spacy"})
    assert config["nlp"]["name"] == "${paths.train}" and config["paths"]["train"] == "x.spacy"


def test_bytes_are_no_config(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"\x9c\x00\xff")
    with pytest.raises(ValueError, match="B556.*model.bin is no config"):
        read_training_config(tmp_path / "model.bin", {})
