"""What a training leaves in its folder, however it ends."""

from io import StringIO
from pathlib import Path

import pytest
import spacy
from spacy.training.initialize import init_nlp
from thinc.api import Config
from thinc.shims import Shim

import spacy_bert_ext.cli  # noqa: F401
from spacy_bert_ext.runtime.finite import NotFiniteError
from spacy_bert_ext.training.resuming import state as state_module
from spacy_bert_ext.training.resuming.loop import train
from spacy_bert_ext.training.resuming.state import STATE_FOLDER, read_state
from tests.training.resuming import crash
from tests.training.resuming.runs import (
    MAX_STEPS,
    outcome,
    run,
    run_spacy,
    with_crash,
)


def same_pipelines(one: Path, other: Path) -> None:
    for name in ("model-best", "model-last"):
        assert outcome(one / name) == outcome(other / name)


def test_a_save_that_fails_leaves_the_state_before(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_spacy(config, tmp_path / "spacy")
    save_file, n_files = state_module.save_file, 0

    def break_off(tensors: dict, path: Path) -> None:
        nonlocal n_files
        n_files += 1
        if n_files == 3 * 2 + 2:  # the second of three files of the third state
            path.write_bytes(b"half")
            raise OSError("No space left on device")
        save_file(tensors, path)

    with monkeypatch.context() as patch:
        patch.setattr(state_module, "save_file", break_off)
        with pytest.raises(OSError, match="No space left"):
            run(config, tmp_path / "out", save_every=3)
    states = tmp_path / "out" / STATE_FOLDER
    assert read_state(states).n_steps == 3  # after those of the steps 1 and 3 comes 6
    left = tmp_path / "out" / f".{STATE_FOLDER}.saving-abcd1234"  # what a kill would have left
    left.mkdir()
    run(config, tmp_path / "out", resume=True)
    same_pipelines(tmp_path / "out", tmp_path / "spacy")
    assert read_state(states).n_steps == 15
    assert not left.exists()


def test_another_training_in_the_same_folder_begins_anew(config: Config, tmp_path: Path) -> None:
    run(config, tmp_path / "out")
    found = run(config.merge({"training": {"seed": 2, "max_steps": 3}}), tmp_path / "out")
    assert [info is None for info in found] == [False, True, True, True]
    assert read_state(tmp_path / "out" / STATE_FOLDER).n_steps == 4


def test_files_of_others_beside_the_states_stay(config: Config, tmp_path: Path) -> None:
    with pytest.raises(crash.Crash):
        run(with_crash(config, 8), tmp_path / "out")
    (tmp_path / "out" / STATE_FOLDER / ".DS_Store").touch()
    run(config, tmp_path / "out", resume=True)
    assert (tmp_path / "out" / STATE_FOLDER / ".DS_Store").exists()
    assert read_state(tmp_path / "out" / STATE_FOLDER).n_steps == MAX_STEPS + 1


def test_without_an_output_folder_nothing_is_written(config: Config, tmp_path: Path) -> None:
    before = set(tmp_path.rglob("*"))
    nlp, path = train(init_nlp(config), stdout=StringIO(), stderr=StringIO())
    assert path is None and nlp.pipe_names == ["bert_encoder", "bert_ner", "bert_textcat"]
    assert set(tmp_path.rglob("*")) == before


def test_weights_of_other_kinds_are_refused_before_anything_is_written(config: Config, tmp_path: Path) -> None:
    nlp = init_nlp(config)
    nlp.get_pipe("bert_ner").model.layers[0].shims.append(Shim(None))
    with pytest.raises(ValueError, match="B094.*'bert_ner' holds weights by `Shim`"):
        train(nlp, tmp_path / "out", stdout=StringIO(), stderr=StringIO())
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("optimizer", ["AdamW", "Adam"])
def test_a_training_that_runs_away_is_stopped_and_leaves_what_was_saved(
    config: Config, tmp_path: Path, optimizer: str
) -> None:
    adamw = {**config["training"]["optimizer"], "encoder_learn_rate": 1e6, "head_learn_rate": 1e6}
    rising = {"@schedules": "warmup_linear.v1", "initial_rate": 1e30, "warmup_steps": 3, "total_steps": 100}
    adam = {"@optimizers": "Adam.v1", "learn_rate": rising}
    config["training"] |= {"max_steps": 60, "eval_frequency": 40, "optimizer": adamw if optimizer == "AdamW" else adam}
    with pytest.raises(NotFiniteError, match=r"\[B15[03]\].* step \d"):
        run(config, tmp_path / "out")
    assert outcome(tmp_path / "out" / "model-last") == outcome(tmp_path / "out" / "model-best")
    spacy.load(tmp_path / "out" / "model-best")
