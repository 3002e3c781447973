"""A training that was interrupted and resumed ends where an uninterrupted one does: the same bytes."""

import os
import random
import shutil
import subprocess
import sys
import warnings
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy.cli._util import app
from spacy.language import Language
from spacy.tokens import DocBin, Span
from spacy.training.initialize import init_nlp
from spacy.util import load_model_from_config, logger
from thinc.api import Config
from thinc.shims import Shim
from typer.testing import CliRunner

import spacy_bert_ext.cli  # noqa: F401
from spacy_bert_ext.runtime.finite import NotFiniteError
from spacy_bert_ext.training.resuming import state as state_module
from spacy_bert_ext.training.resuming.loop import train
from spacy_bert_ext.training.resuming.run import Progress, Run
from spacy_bert_ext.training.resuming.state import STATE_FOLDER, ResumeError, read_state
from tests.pipeline.pipelines import make_initialized
from tests.training.resuming import crash
from tests.training.resuming.runs import (
    ADAM,
    MAX_STEPS,
    SPACY_LISTENER,
    make_config,
    outcome,
    run,
    run_spacy,
    run_with_crashes,
    with_crash,
    without_times,
    write_corpus,
)

N_WORDS = {"@batchers": "spacy.batch_by_words.v1", "discard_oversize": False, "tolerance": 0.2}
GROWING = {"@schedules": "compounding.v1", "start": 10, "stop": 40, "compound": 1.3}
LOWER_CASE = {"@augmenters": "spacy.lower_case.v1", "level": 0.4}


def tagger_and_parser() -> dict[str, Any]:
    return {
        "tagger": {"model": {"@architectures": "spacy.Tagger.v2", "tok2vec": SPACY_LISTENER}},
        "parser": {
            "min_action_freq": 1,
            "update_with_oracle_cut_size": 2,  # draws from Python's generator in each step
            "model": {
                "@architectures": "spacy.TransitionBasedParser.v2",
                "state_type": "parser",
                "extra_state_tokens": False,
                "hidden_width": 8,
                "maxout_pieces": 2,
                "use_upper": True,
                "tok2vec": SPACY_LISTENER,
            },
        },
    }


CASES: dict[str, dict[str, Any]] = {
    "adamw with a schedule": {},
    "accumulated, epochs": {"accumulate_gradient": 2, "max_epochs": 2, "max_steps": 0},
    "streamed, augmented": {"max_epochs": -1},
    "patience": {"patience": 12, "max_steps": 0, "eval_frequency": 3, "max_epochs": 30},
    "spacy's heads, averages, growing batches": {
        "heads": ("tagger", "parser", "bert_ner"),
        "components": tagger_and_parser(),
        "optimizer": ADAM,
        "batcher": {**N_WORDS, "size": GROWING},
        "dropout": 0.3,
    },
    "spacy's heads, adamw": {"heads": ("tagger", "parser", "bert_ner"), "components": tagger_and_parser()},
    "radam": {"optimizer": {"@optimizers": "RAdam.v1", "learn_rate": 1e-3}},
    "sgd": {"optimizer": {"@optimizers": "SGD.v1", "learn_rate": 1e-2}},
    "unfreezing": {"components": {"bert_encoder": {"model": {"freeze": "all", "unfreeze_step": 6}}}},
    "lora": {"components": {"bert_encoder": {"model": {"lora_rank": 2, "freeze": 1, "unfreeze_step": 6}}}},
    "controlled losses, accumulated": {
        "accumulate_gradient": 2,
        "components": {
            "bert_ner": {"loss": {"class_weights": "balanced", "focal_gamma": 1.0, "weight": 2.0}},
            "bert_textcat": {
                "loss": {"class_weights": "balanced", "label_smoothing": 0.1},
                "model": {"pooling": "pooler"},
            },
        },
    },
    "frozen and annotating": {"frozen_components": ["bert_ner"], "annotating_components": ["bert_ner"]},
}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest, bert_folder: str, tmp_path: Path) -> Config:
    settings = dict(CASES[request.param])
    if "frozen_components" in settings:
        make_initialized(bert_folder, ["bert_ner"]).to_disk(tmp_path / "source")
        sourced = {"source": str(tmp_path / "source")}
        settings["components"] = {"bert_encoder": sourced, "bert_ner": sourced}
    config = make_config(bert_folder, write_corpus(tmp_path / "corpus.spacy"), **settings)
    if settings.get("max_epochs") == -1:
        config["corpora"]["train"]["augmenter"] = LOWER_CASE
    return config


@pytest.fixture
def config(bert_folder: str, tmp_path: Path) -> Config:
    return make_config(bert_folder, write_corpus(tmp_path / "corpus.spacy"))


def same_pipelines(one: Path, other: Path) -> None:
    for name in ("model-best", "model-last"):
        assert outcome(one / name) == outcome(other / name)


def test_training_is_that_of_spacy_and_survives_crashes(case: Config, tmp_path: Path) -> None:
    expected = run_spacy(case, tmp_path / "spacy")
    found = run(case, tmp_path / "ours")
    assert without_times(found) == without_times(expected)
    same_pipelines(tmp_path / "ours", tmp_path / "spacy")
    assert len(found) > 8
    # After evaluations (steps 0, 5, 10), between them, and twice without a step of its own.
    found = run_with_crashes(case, tmp_path / "crashed", [8, 2, 4], save_every=3)
    assert without_times(found) == without_times(expected[-len(found) :])
    same_pipelines(tmp_path / "crashed", tmp_path / "spacy")
    assert read_state(tmp_path / "crashed" / STATE_FOLDER).n_steps == len(expected)


def test_a_killed_process_is_resumed(config: Config, tmp_path: Path) -> None:
    run_spacy(config, tmp_path / "spacy")
    n_steps = random.Random().randint(2, MAX_STEPS)
    config.to_disk(tmp_path / "config.cfg")
    with_crash(config, n_steps, kill=True).to_disk(tmp_path / "kill.cfg")
    output = tmp_path / "killed"
    assert command(tmp_path / "kill.cfg", output).returncode == -9
    assert not (output / "model-last").exists() or outcome(output / "model-last") != outcome(
        tmp_path / "spacy" / "model-last"
    )
    result = command(tmp_path / "config.cfg", output, "--resume")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Resuming after" in result.stdout, f"killed at {n_steps}"
    same_pipelines(output, tmp_path / "spacy")


def command(config: Path, output: Path, *options: str) -> subprocess.CompletedProcess:
    arguments = ["train", config, "--output", output, "--code", crash.__file__, "--save-every", "2", *options]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}  # as in this process, see conftest
    return subprocess.run(
        [sys.executable, "-m", "spacy", "bert", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        env=environment,
        check=False,
    )


# Saving


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


def test_there_is_no_pickle_in_a_state(config: Config, tmp_path: Path) -> None:
    run(config, tmp_path / "out")
    path = tmp_path / "out" / STATE_FOLDER
    names = {"checksums.json", "state.json", "weights.safetensors", "optimizer.safetensors", "random.safetensors"}
    assert {file.name for file in path.iterdir()} == names


def test_a_training_that_is_over_can_be_made_longer(config: Config, tmp_path: Path) -> None:
    constant = {**config["training"]["optimizer"], "schedule": None}
    config = config.merge({"training": {"optimizer": constant}})
    longer = config.merge({"training": {"max_steps": MAX_STEPS + 4, "eval_frequency": 3}})
    run_spacy(config.merge({"training": {"max_steps": MAX_STEPS + 4}}), tmp_path / "spacy")
    run(config, tmp_path / "out")
    before = outcome(tmp_path / "out" / "model-last")
    assert run(config, tmp_path / "out", resume=True) == []  # nothing left to do
    assert outcome(tmp_path / "out" / "model-last") == before
    assert [info is None for info in run(longer, tmp_path / "out", resume=True)] == [False, True, True, False]
    weights = "bert_encoder/model.safetensors"
    assert outcome(tmp_path / "out" / "model-last")[weights] == outcome(tmp_path / "spacy" / "model-last")[weights]


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


# What is refused


@pytest.fixture
def crashed(config: Config, tmp_path: Path) -> Path:
    """The folder of a training that crashed after 8 steps."""
    with pytest.raises(crash.Crash):
        run(with_crash(config, 8), tmp_path / "out")
    return tmp_path / "out"


def test_a_folder_without_a_state_is_refused(config: Config, tmp_path: Path) -> None:
    run_spacy(config, tmp_path / "out")
    with pytest.raises(ResumeError, match=r"B090.*out/training-state holds no state"):
        run(config, tmp_path / "out", resume=True)


@pytest.mark.parametrize(
    "changed, expected",
    [
        ({"training": {"seed": 7}}, "training.seed was 1, is 7"),
        ({"training": {"optimizer": {"encoder_learn_rate": 0.5}}}, "encoder_learn_rate was 0.001, is 0.5"),
        ({"training": {"max_epochs": -1}}, "training.max_epochs was 0, is -1"),
        ({"components": {"bert_ner": {"scheme": "BIO"}}}, "components.bert_ner.scheme was 'BILUO', is 'BIO'"),
        ({"corpora": {"train": {"limit": 3}}}, "corpora.train.limit was 0, is 3"),
        ({"corpora": {"train": {"max_length": 9, "path": "x"}}}, "path was .*max_length was 0, is 9"),
    ],
)
def test_other_settings_are_refused(config: Config, crashed: Path, changed: dict, expected: str) -> None:
    before = outcome(crashed / "model-last")
    state = read_state(crashed / STATE_FOLDER)
    # Without the corpus, since it isn't read before settings are compared.
    with pytest.raises(ResumeError, match=f"B092.*another training: .*{expected}"):
        state.check(Run(init_without_corpus(config.merge(changed)), config, None, None, Progress()))
    assert outcome(crashed / "model-last") == before


def init_without_corpus(config: Config) -> Language:
    return load_model_from_config(config, auto_fill=True)


def test_settings_that_decide_when_to_stop_and_what_to_print_are_free(config: Config, crashed: Path) -> None:
    free = {"max_steps": 9, "max_epochs": 50, "patience": 100, "eval_frequency": 4}
    logger = {"@loggers": "spacy.ConsoleLogger.v1", "progress_bar": False}
    run(config.merge({"training": {**free, "logger": logger}}), crashed, resume=True)
    assert read_state(crashed / STATE_FOLDER).n_steps == 10


def test_paths_are_free(config: Config, crashed: Path, bert_folder: str, tmp_path: Path) -> None:
    run_spacy(config, tmp_path / "spacy")
    paths = {"train": "moved.spacy", "dev": "moved.spacy", "encoder": "moved"}
    paths = {name: str(tmp_path / path) for name, path in paths.items()}
    (tmp_path / "corpus.spacy").rename(tmp_path / "moved.spacy")
    shutil.copytree(bert_folder, tmp_path / "moved")
    moved = crashed.rename(tmp_path / "other")
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        run(config.merge({"paths": {**paths, "new": "x"}}), moved, resume=True)
    same_pipelines(moved, tmp_path / "spacy")


def test_another_checkpoint_is_refused(config: Config, crashed: Path, roberta_folder: str) -> None:
    with pytest.raises(ResumeError, match=r"B093.*\d+ differ in name or shape, for instance 'bert_encoder/0/0/emb"):
        run(config.merge({"paths": {"encoder": roberta_folder}}), crashed, resume=True)


def test_changed_data_are_warned_of(config: Config, crashed: Path, tmp_path: Path) -> None:
    write_corpus(tmp_path / "corpus.spacy", n_copies=6)
    with pytest.warns(UserWarning, match=r"B107.*corpora\.(train|dev)\.path") as caught:
        run(config, crashed, resume=True)
    assert len([warning for warning in caught if "B107" in str(warning.message)]) == 2


def test_data_that_end_too_early_are_refused(bert_folder: str, tmp_path: Path) -> None:
    config = make_config(bert_folder, write_corpus(tmp_path / "corpus.spacy"), max_epochs=1)
    with pytest.raises(crash.Crash):
        run(with_crash(config, 7), tmp_path / "out")
    write_corpus(tmp_path / "corpus.spacy", n_copies=1)
    with (
        pytest.warns(UserWarning, match="B107"),
        pytest.raises(ResumeError, match="B092.*the training corpus gives 2 batches, of 6 that were trained on"),
    ):
        run(config, tmp_path / "out", resume=True)


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


# The command


@pytest.mark.parametrize("setting", ["eval_frequency", "accumulate_gradient"])
def test_numbers_below_1_are_refused_before_anything_is_removed(config: Config, tmp_path: Path, setting: str) -> None:
    run(config.merge({"training": {"max_steps": 1}}), tmp_path / "out")
    before = outcome(tmp_path / "out" / "model-last")
    with pytest.raises(ValueError, match=rf"B012.*`training.{setting} = 0` is out of range. Allowed: 1 or more"):
        run(config.merge({"training": {setting: 0}}), tmp_path / "out")
    assert outcome(tmp_path / "out" / "model-last") == before


def test_what_can_not_be_trained_leaves_an_earlier_training_as_it_was(config: Config, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(config.merge({"training": {"max_steps": 1}}), out)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert {path.relative_to(out).parts[0] for path in before} == {"model-last", "model-best", STATE_FOLDER}
    empty, other = str(tmp_path / "empty.spacy"), str(tmp_path / "other.spacy")
    DocBin().to_disk(empty)
    gold = spacy.blank("en").make_doc("other labels")
    gold.ents = [Span(gold, 0, 1, "OTHER")]
    DocBin(docs=[gold]).to_disk(other)
    labels = {name: {"labels": init_nlp(config).get_pipe(name).labels} for name in ("bert_ner", "bert_textcat")}
    none_fits = {"@batchers": "spacy.batch_by_words.v1", "size": 1, "tolerance": 0.0, "discard_oversize": True}
    for changed, expected in (
        ({"corpora": {"dev": {"path": empty}}}, "B098.*The dev corpus is empty"),
        ({"corpora": {"train": {"path": empty}}, "initialize": {"components": labels}}, "E986"),
        ({"corpora": {"train": {"path": other}}, "initialize": {"components": labels}}, "B029.*OTHER"),
        ({"training": {"batcher": none_fits, "max_epochs": 1}}, "B099.*not a single batch"),
        ({"training": {"logger": {"@loggers": "spacy-bert-ext.Log.v1", "output_file": str(tmp_path)}}}, "B012"),
    ):
        with pytest.raises(ValueError, match=expected):
            run(config.merge(changed), out)
        assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before, changed


def test_the_command_tells_of_errors_in_the_input_without_a_traceback(
    tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logger, "level", logger.level)  # `--verbose` sets it
    config.to_disk(tmp_path / "config.cfg")
    DocBin().to_disk(tmp_path / "empty.spacy")
    for corpus, path, expected in (
        ("train", "absent.spacy", "B232"),
        ("dev", "absent.spacy", "B232"),
        ("train", "empty.spacy", "B024"),
        ("dev", "empty.spacy", "B098"),
    ):
        override = [f"--corpora.{corpus}.path", str(tmp_path / path)]
        arguments = ["bert", "train", str(tmp_path / "config.cfg"), *override]
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 1 and isinstance(result.exception, SystemExit), result.output
        assert expected in " ".join(result.output.split())
        result = CliRunner().invoke(app, [*arguments, "--verbose"])
        assert isinstance(result.exception, (FileNotFoundError, ValueError))


def test_the_command_tells_of_what_is_not_installed_without_a_traceback(
    tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.to_disk(tmp_path / "config.cfg")
    arguments = ["bert", "train", str(tmp_path / "config.cfg")]

    def no_gpu(use_gpu: int) -> None:
        raise ValueError("No GPU devices detected")

    with monkeypatch.context() as patch:
        patch.setattr("spacy_bert_ext.cli.train.setup_gpu", no_gpu)
        result = CliRunner().invoke(app, [*arguments, "--gpu-id", "0"])
    assert result.exit_code == 1 and isinstance(result.exception, SystemExit)
    assert "No GPU devices detected" in result.output and "need no `--gpu-id`" in " ".join(result.output.split())
    monkeypatch.setitem(sys.modules, "peft", None)
    result = CliRunner().invoke(app, [*arguments, "--components.bert_encoder.model.lora_rank", "4"])
    assert result.exit_code == 1 and isinstance(result.exception, SystemExit)
    assert "B081" in result.output


def test_the_command_does_not_hide_where_other_errors_come_from(tmp_path: Path, config: Config) -> None:
    with_crash(config, 2).to_disk(tmp_path / "config.cfg")
    result = CliRunner().invoke(app, ["bert", "train", str(tmp_path / "config.cfg"), "--code", crash.__file__])
    assert isinstance(result.exception, crash.Crash)


def test_the_command_tells_what_is_missing(tmp_path: Path, config: Config) -> None:
    config.to_disk(tmp_path / "config.cfg")
    arguments = ["bert", "train", str(tmp_path / "config.cfg"), "--code", crash.__file__, "--resume"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 1 and "`--resume` needs `--output`" in result.output
    result = CliRunner().invoke(app, [*arguments, "--output", str(tmp_path / "new")])
    assert result.exit_code == 1 and "B090" in result.output
    assert not (tmp_path / "new").exists()


def test_the_command_refuses_a_file_as_its_folder(tmp_path: Path, config: Config) -> None:
    config.to_disk(tmp_path / "config.cfg")
    (tmp_path / "out").touch()
    arguments = ["bert", "train", str(tmp_path / "config.cfg"), "--output", str(tmp_path / "out")]
    result = CliRunner().invoke(app, arguments)
    output = " ".join(result.output.replace("│", " ").split())  # it may be in a frame
    assert result.exit_code == 2 and "is a file" in output


def test_the_command_refuses_what_spacy_train_refuses(tmp_path: Path, config: Config) -> None:
    config.to_disk(tmp_path / "config.cfg")
    for arguments in (
        [tmp_path / "absent.cfg"],
        [tmp_path / "config.cfg", "--training.max_steps", "many"],
        [tmp_path / "config.cfg", "--nosuch", "1"],
        [tmp_path / "config.cfg", "--code", tmp_path / "absent.py"],
    ):
        texts = [str(argument) for argument in arguments]
        if "--code" not in texts:
            texts += ["--code", crash.__file__]
        found, expected = (CliRunner().invoke(app, [*command, *texts]) for command in (["bert", "train"], ["train"]))
        assert found.exit_code == expected.exit_code != 0
        assert found.output.replace(" bert train", " train") == expected.output
