"""Configs of tasks: complete, accepted by spaCy, and enough to train with."""

from pathlib import Path

import pytest
import spacy
from spacy.cli.debug_config import debug_config
from spacy.cli.train import train
from spacy.language import Language
from spacy.tokens import DocBin
from spacy.util import load_config, load_model_from_config, registry
from thinc.api import Config

from spacy_bert_ext.cli.configs.tasks import make_config, task_components
from spacy_bert_ext.defaults import default_settings
from spacy_bert_ext.training.optimizer import AdamW
from tests.annotated import TEXTS, make_examples


@pytest.fixture
def corpus(nlp: Language, tmp_path: Path) -> str:
    path = tmp_path / "train.spacy"
    docs = [eg.reference for eg in make_examples(nlp)]
    for doc in docs:
        doc.spans["sc"] = list(doc.ents)
    DocBin(docs=docs * 4, store_user_data=True).to_disk(path)
    return str(path)


TASKS = {
    "ner": ["bert_ner"],
    "textcat": ["bert_textcat"],
    "textcat_multilabel": ["bert_textcat_multilabel"],
    "spancat": ["bert_spancat"],
    "spancat_singlelabel": ["bert_spancat_singlelabel"],
    "joint": ["bert_ner", "bert_textcat"],
}


def read(text: str) -> Config:
    return Config().from_str(text)


@pytest.fixture(params=TASKS)
def config_path(request: pytest.FixtureRequest, bert_folder: str, tmp_path: Path) -> Path:
    """The config of each task."""
    path = tmp_path / "config.cfg"
    path.write_text(make_config(TASKS[request.param], bert_folder, "en"), encoding="utf8")
    return path


def overrides(corpus: str) -> dict:
    return {
        "paths.train": corpus,
        "paths.dev": corpus,
        "training.max_steps": 2,
        "training.eval_frequency": 1,
        # The tiny encoder takes windows of at most 128 pieces.
        "components.bert_encoder.model.window_pieces": 128,
        "training.batcher.window_pieces": 128,
    }


def test_written_config_passes_spacys_check(config_path: Path, corpus: str) -> None:
    debug_config(config_path, overrides=overrides(corpus), show_funcs=False, show_vars=False)


def test_written_config_is_complete(config_path: Path) -> None:
    """spaCy has nothing to fill in, and no block of it lacks a setting of its factory."""
    config = load_config(config_path, interpolate=False)
    nlp = load_model_from_config(config, auto_fill=True)
    sections = [name for name in nlp.config if name not in ("components", "paths")]  # [paths] is free
    assert {name: set(config[name]) for name in sections} == {name: set(nlp.config[name]) for name in sections}
    load_model_from_config(load_config(config_path), auto_fill=False)
    for name, block in config["components"].items():
        assert keys_of(block) == keys_of({"factory": name, **default_settings(name)[0]})


def keys_of(block: dict) -> dict:
    return {key: keys_of(value) if isinstance(value, dict) else None for key, value in block.items()}


def test_written_config_trains(config_path: Path, corpus: str, tmp_path: Path) -> None:
    train(config_path, tmp_path / "out", overrides=overrides(corpus))
    nlp = spacy.load(tmp_path / "out" / "model-last")
    heads = nlp.pipe_names[1:]
    doc = nlp(TEXTS[0])
    assert bool(doc.cats) == any("textcat" in name for name in heads)
    assert nlp.meta["performance"]
    saved = (tmp_path / "out" / "model-last" / "config.cfg").read_text(encoding="utf8")
    assert str(tmp_path) not in saved


def test_written_optimizer_is_ours_with_a_schedule(config_path: Path) -> None:
    training = load_config(config_path).interpolate()["training"]
    optimizer = registry.resolve(training)["optimizer"]
    assert isinstance(optimizer, AdamW)
    assert optimizer.factor == 0.0  # warm-up begins
    optimizer.step_schedules()
    assert optimizer.factor == pytest.approx(1 / 100)


def test_score_weights_of_all_heads_add_up_to_one(config_path: Path) -> None:
    weights = load_config(config_path)["training"]["score_weights"]
    assert sum(weight for weight in weights.values() if weight) == pytest.approx(1)


@pytest.mark.parametrize("task", TASKS)
def test_config_is_written_for_the_heads_of_its_task(task: str, bert_folder: str) -> None:
    config = read(make_config(task_components(task), bert_folder, "de"))
    assert config["nlp"]["pipeline"] == ["bert_encoder", *TASKS[task]]
    assert list(config["components"]) == ["bert_encoder", *TASKS[task]]
    assert config["nlp"]["lang"] == "de"
    assert config["components"]["bert_encoder"]["model"]["name"] == bert_folder


def test_small_encoders_get_higher_rates(bert_folder: str) -> None:
    small = read(make_config(["bert_ner"], bert_folder, "en"))["training"]["optimizer"]["encoder_learn_rate"]
    base = read(make_config(["bert_ner"], "bert-base-cased", "en"))["training"]["optimizer"]["encoder_learn_rate"]
    assert small == 2e-4 and base == 5e-5


def test_heads_on_uncased_checkpoints_are_told_how_tokens_are_written(bert_folder: str, roberta_folder: str) -> None:
    def casing(encoder: str) -> bool:
        return read(make_config(TASKS["joint"], encoder, "en"))["components"]["bert_ner"]["model"]["casing"]

    uncased, cased = (bert_folder, "bert-base-uncased"), (roberta_folder, "bert-base-cased")
    assert all(casing(encoder) for encoder in uncased) and not any(casing(encoder) for encoder in cased)


def test_pretraining_reads_raw_text_in_a_stream(bert_folder: str) -> None:
    """And has nothing of annotated Docs."""
    assert task_components("pretrain") == ["bert_pretraining"]
    config = read(make_config(["bert_pretraining"], bert_folder, "en"))
    assert config["paths"] == {"raw_text": None, "raw_dev": None, "encoder": bert_folder}
    assert config["nlp"]["pipeline"] == ["bert_encoder", "bert_pretraining"]
    for corpus in config["corpora"].values():
        assert corpus["@readers"] == "spacy-bert-ext.RawTexts.v1" and corpus["name"] == bert_folder
        assert "augmenter" not in corpus
    assert config["corpora"]["train"]["shuffle"] and not config["corpora"]["dev"]["shuffle"]
    assert config["training"]["max_epochs"] == -1
    assert config["training"]["optimizer"]["head_learn_rate"] == config["training"]["optimizer"]["encoder_learn_rate"]
    weights = config["training"]["score_weights"]
    assert weights["mlm_probability"] == 1.0 and weights["mlm_cross_entropy"] == 0.0


def test_the_config_of_pretraining_is_complete(bert_folder: str, tmp_path: Path) -> None:
    path = tmp_path / "config.cfg"
    path.write_text(make_config(["bert_pretraining"], bert_folder, "en"), encoding="utf8")
    config = load_config(path, interpolate=False)
    nlp = load_model_from_config(config, auto_fill=True)
    sections = [name for name in nlp.config if name not in ("components", "paths")]
    assert {name: set(config[name]) for name in sections} == {name: set(nlp.config[name]) for name in sections}
    overrides = {"paths.raw_text": "raw.txt", "paths.raw_dev": "dev.txt"}
    debug_config(path, overrides=overrides, show_funcs=False, show_vars=False)


def test_windows_of_raw_text_are_those_of_the_batcher(bert_folder: str) -> None:
    text = make_config(["bert_pretraining"], bert_folder, "en")
    config = Config().from_str(text, overrides={"training.batcher.window_pieces": 64})
    assert config["corpora"]["train"]["window_pieces"] == config["corpora"]["dev"]["window_pieces"] == 64


def test_odd_folder_names_survive(tmp_path: Path) -> None:
    name = str(tmp_path / 'a "quoted" folder, ünïcode')
    assert read(make_config(["bert_ner"], name, "en"))["paths"]["encoder"] == name
