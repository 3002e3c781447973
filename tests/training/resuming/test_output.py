"""What a training replaces in its folder, and when; what is found out before there is anything to lose."""

import errno
from collections import namedtuple
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy.training.initialize import init_nlp
from thinc.api import Config

from spacy_bert_ext.files.folders import SaveError
from spacy_bert_ext.training.log_file import LOG_FILE
from spacy_bert_ext.training.resuming import beginning
from spacy_bert_ext.training.resuming.loop import train
from spacy_bert_ext.training.resuming.state import STATE_FOLDER
from spacy_bert_ext.training.resuming.weights import weights
from tests.training.resuming.runs import make_config, outcome, run, write_corpus


@pytest.fixture
def config(bert_folder: str, tmp_path: Path) -> Config:
    return make_config(bert_folder, write_corpus(tmp_path / "corpus.spacy", 1), ["bert_ner"], max_steps=1)


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("n_saves", [0, 1])
def test_a_full_disk_leaves_what_an_earlier_training_has_saved(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n_saves: int
) -> None:
    """After no save at all, or after that of `model-last`."""
    run(config, tmp_path / "out")
    before = contents(tmp_path / "out" / "model-best")
    earlier = outcome(tmp_path / "out" / "model-last")

    def break_off(*args: Any, **kwargs: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(f"spacy_bert_ext.pipeline.saving.{'shutil.copytree' if n_saves else '_digest'}", break_off)
    with pytest.raises(SaveError, match=r"\[B200\] Can't write to .*out/model-(last|best): No space left"):
        run(config.merge({"training": {"seed": 2}}), tmp_path / "out")
    assert contents(tmp_path / "out" / "model-best") == before
    assert (outcome(tmp_path / "out" / "model-last") == earlier) == (n_saves == 0)
    assert spacy.load(tmp_path / "out" / "model-last").pipe_names
    assert not [path.name for path in (tmp_path / "out").iterdir() if path.name.startswith(".")]


def test_a_best_pipeline_of_an_earlier_training_goes_if_there_is_no_new_one(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(config, tmp_path / "out")
    monkeypatch.setattr(beginning, "create_evaluation_callback", lambda *args: lambda: (float("nan"), {}))
    run(config, tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"model-last", STATE_FOLDER, LOG_FILE}


@pytest.mark.parametrize(
    "name, content, code",
    [("model-best", "thesis.txt", "B032"), ("training-state", "thesis.txt", "B032"), ("..", "meta.json", "B201")],
)
def test_a_folder_that_can_not_be_written_is_refused_before_training(
    config: Config, tmp_path: Path, name: str, content: str, code: str
) -> None:
    folder = tmp_path / "in" / "out"
    folder.mkdir(parents=True)
    (folder / name).mkdir(exist_ok=True)
    for file in {content, "config.cfg"} if name == ".." else {content}:
        (folder / name / file).touch()
    with pytest.raises(ValueError, match=code):
        train(init_nlp(config), folder, stdout=StringIO(), stderr=StringIO())
    assert not (folder / "model-last").exists()


def test_a_disk_without_room_is_told_of_before_training(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_weights = sum(weight.nbytes for weight in weights(init_nlp(config)).values())
    usage = namedtuple("usage", "free")
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage(3 * of_weights - 1))
    with pytest.raises(SaveError, match=r"\[B202\] .*out has room for"):
        run(config, tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage(3 * of_weights))
    with pytest.warns(UserWarning, match=r"\[B220\] .*out has room for"):
        run(config, tmp_path / "out")
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage(0))
    with pytest.warns(UserWarning, match="B220"):  # what is replaced counts
        run(config, tmp_path / "out")
