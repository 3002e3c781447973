import hashlib
import os
from pathlib import Path

import pytest
from thinc.api import Config

from spacy_bert_ext.training.resuming import same_run
from spacy_bert_ext.training.resuming.same_run import corpus_files, differences

CONFIG = """
[paths]
train = "a.spacy"

[corpora]

[corpora.train]
path = ${paths.train}

[training]
max_steps = 100
max_epochs = 0
patience = 0
eval_frequency = 10
seed = 1

[training.schedule]
total_steps = ${training.max_steps}
rate = 0.1

[training.logger]
name = "x"
"""


@pytest.fixture
def config() -> Config:
    return Config().from_str(CONFIG, interpolate=False)


def test_what_follows_from_free_settings_is_free(config: Config) -> None:
    saved = config.interpolate()
    assert differences(saved, config) == []
    assert differences(saved, saved) == []
    free = {"max_steps": 200, "max_epochs": 3, "patience": 9, "eval_frequency": 1, "logger": {"other": [1]}}
    assert differences(saved, config.merge({"paths": {"train": "b.spacy", "new": 1}, "training": free})) == []
    assert differences(saved, config.merge({"training": {"schedule": {"total_steps": 200}}})) == [
        "training.schedule.total_steps was 100, is 200"
    ]


def test_differences_name_settings_and_both_values(config: Config) -> None:
    changed = config.merge({"training": {"seed": None, "schedule": {"new": "y"}}})
    del changed["training"]["schedule"]["rate"]
    assert set(differences(config.interpolate(), changed)) == {
        "training.seed was 1, is None",
        "training.schedule.rate was 0.1, is not set",
        "training.schedule.new was not set, is 'y'",
    }


def test_files_are_read_once_unless_they_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [tmp_path / "texts" / name for name in ("a.txt", "b.txt")]
    (tmp_path / "texts").mkdir()
    for file in files:
        file.write_text("text")
    config = Config({"corpora": {"train": {"path": str(tmp_path / "texts")}}})
    before = corpus_files(config)
    assert before.keys() == {"train.path"} and before["train.path"].keys() == {"a.txt", "b.txt"}
    hashed: list[bytes] = []
    sha256 = hashlib.sha256
    monkeypatch.setattr(same_run.hashlib, "sha256", lambda content: hashed.append(content) or sha256(content))
    assert corpus_files(config) == before and not hashed
    files[1].write_text("else")
    os.utime(files[1], ns=(0, 0))
    assert corpus_files(config) != before and hashed == [b"else"]


def test_many_differences_are_counted(config: Config) -> None:
    changed = config.merge({"training": {"schedule": {f"new{i}": i for i in range(8)}}})
    found = differences(config.interpolate(), changed)
    assert len(found) == 6 and found[-1] == "3 more"


def test_streamed_and_shuffled_corpora_differ(config: Config) -> None:
    changed = config.merge({"training": {"max_epochs": -1}})
    assert differences(config.interpolate(), changed) == ["training.max_epochs was 0, is -1"]
    assert differences(changed.interpolate(), changed) == []


def test_corpus_files_are_told_apart_by_content(tmp_path: Path) -> None:
    file, folder = tmp_path / "a.spacy", tmp_path / "folder"
    (folder / "deep").mkdir(parents=True)
    for path in (file, folder / "b.spacy", folder / "deep" / "c.spacy"):
        path.write_bytes(bytes(3 * 2**20))
    config = {"corpora": {"train": {"path": str(file), "limit": 0}, "dev": {"path": str(folder), "other": "absent"}}}
    before = corpus_files(config)
    assert {key: list(files) for key, files in before.items()} == {
        "train.path": [""],
        "dev.path": ["b.spacy", "deep/c.spacy"],
    }
    file.touch()
    assert corpus_files(config) == before
    for place in (0, 2**20 - 1, 2 * 2**20, 3 * 2**20 - 1):  # of what is compared: the first and the last MiB
        changed = bytearray(3 * 2**20)
        changed[place] = 1
        file.write_bytes(changed)
        assert corpus_files(config)["train.path"] != before["train.path"]
    file.write_bytes(bytes(3 * 2**20 + 1))
    assert corpus_files(config)["train.path"] != before["train.path"]
