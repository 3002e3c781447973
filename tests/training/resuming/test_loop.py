"""A training that was interrupted and resumed ends where an uninterrupted one does: the same bytes."""

import random
import shutil
import warnings
from pathlib import Path
from typing import Any

import pytest
from spacy.language import Language
from spacy.util import load_model_from_config
from thinc.api import Config

import spacy_bert_ext.cli  # noqa: F401
from spacy_bert_ext.training.resuming.run import Progress, Run
from spacy_bert_ext.training.resuming.state import STATE_FOLDER, ResumeError, read_state
from tests.pipeline.pipelines import make_initialized
from tests.training.resuming import crash
from tests.training.resuming.runs import (
    ADAM,
    MAX_STEPS,
    SPACY_LISTENER,
    command,
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


def same_pipelines(one: Path, other: Path) -> None:
    for name in ("model-best", "model-last"):
        assert outcome(one / name) == outcome(other / name)


@pytest.fixture
def crashed(config: Config, tmp_path: Path) -> Path:
    """The folder of a training that crashed after 8 steps."""
    with pytest.raises(crash.Crash):
        run(with_crash(config, 8), tmp_path / "out")
    return tmp_path / "out"


def init_without_corpus(config: Config) -> Language:
    return load_model_from_config(config, auto_fill=True)


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
