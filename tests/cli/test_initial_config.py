"""`spacy bert init-config`: which encoder it takes, what it tells, and when it writes nothing."""

from pathlib import Path

import pytest
from spacy.language import Language
from spacy.tokens import DocBin
from spacy.util import get_lang_class
from thinc.api import Config

from spacy_bert_ext.cli.configs.tasks import make_config
from tests.annotated import make_examples
from tests.cli.runner import run
from tests.training.resuming.crash import __file__ as CRASH_FILE

OFFLINE = "--offline-ok"
JOINT = ["bert_ner", "bert_textcat"]


def test_command_writes_a_file_and_does_not_overwrite_it(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.cfg"
    assert run("init-config", path, "--task", "textcat", "--encoder", "some/model", "--lang", "de", OFFLINE)[0] == 0
    assert path.read_text(encoding="utf8") == make_config(["bert_textcat"], "some/model", "de")
    code, output = run("init-config", path, "--task", "ner")
    assert code == 1 and "--force" in output
    assert path.read_text(encoding="utf8") == make_config(["bert_textcat"], "some/model", "de")
    assert run("init-config", path, "--task", "ner", "--force", OFFLINE)[0] == 0
    assert path.read_text(encoding="utf8") == make_config(["bert_ner"], "bert-base-cased", "en")


def test_command_prints_the_config() -> None:
    code, output = run("init-config", "-", "--task", "joint", OFFLINE)
    assert code == 0
    assert Config().from_str(output) == Config().from_str(make_config(JOINT, "bert-base-cased", "en"))


def test_command_refuses_unknown_tasks() -> None:
    for task in ("parsing", "pretraining", "encoder"):  # the last two are no heads to fine-tune
        code, output = run("init-config", "-", "--task", task)
        assert code == 1 and "B010" in output and "textcat_multilabel" in output and "pretrain," in output


def test_command_tells_what_comes_next(tmp_path: Path) -> None:
    path = tmp_path / "config.cfg"
    _, output = run("init-config", path, "--task", "ner", OFFLINE)
    steps = output.splitlines()[-2:]
    assert steps[0].startswith("Check it:") and f"spacy bert train {path} --output training --paths.train" in steps[1]
    _, output = run("init-config", path, "--task", "pretrain", OFFLINE, "--force", "--code", CRASH_FILE)
    check, pretrain, fine_tune = output.splitlines()[-3:]
    rest = f"--paths.raw_text raw.txt --paths.raw_dev raw_dev.txt --code {CRASH_FILE}"
    assert check == f"Check it:  python -m spacy bert doctor {path} {rest}"
    assert pretrain == f"Pretrain:  python -m spacy bert pretrain {path} --output pretraining {rest}"
    assert fine_tune.endswith("init-config ner.cfg --task ner --encoder pretraining/model-best")


def test_init_config_tells_where_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "config.cfg", tmp_path):
        code, output = run("init-config", path, "--task", "ner", "--force", OFFLINE)
        assert code == 1 and "Can't write" in output


@pytest.mark.parametrize("lang", ["en", "zh", "ja", "xx"])
def test_init_config_has_the_tokenizer_of_the_language(lang: str) -> None:
    code, output = run("init-config", "-", "--lang", lang, OFFLINE)
    config = Config().from_str(output, interpolate=False)
    expected = get_lang_class(lang).default_config
    assert code == 0
    assert config["nlp"]["tokenizer"] == expected["nlp"]["tokenizer"]
    assert config["initialize"]["tokenizer"] == expected["initialize"]["tokenizer"]


def test_init_config_writes_nothing_for_a_language_that_spacy_does_not_know(tmp_path: Path) -> None:
    code, output = run("init-config", tmp_path / "config.cfg", "--lang", "xyz")
    assert code == 1 and "E048" in output and "xyz" in output
    assert not list(tmp_path.iterdir())


# The encoder


@pytest.mark.parametrize("name", ["nothere", "nobody/no-checkpoint"])
def test_a_name_that_cannot_be_checked_is_refused(name: str, tmp_path: Path) -> None:
    """The tests have no network."""
    code, output = run("init-config", tmp_path / "config.cfg", "--task", "ner", "--encoder", name)
    assert code == 1 and "B561" in output and name in output and "--offline-ok" in output
    assert not list(tmp_path.iterdir())
    code, output = run("init-config", tmp_path / "config.cfg", "--task", "ner", "--encoder", name, OFFLINE)
    assert code == 0 and "is not known: the settings are for" in " ".join(output.split()) and "2e-4" in output


def test_a_path_that_is_not_there_is_told_as_one(tmp_path: Path) -> None:
    code, output = run("init-config", "-", "--task", "ner", "--encoder", tmp_path / "nothere")
    assert code == 1 and "B560" in output and "there is no such folder" in " ".join(output.split())


def test_the_default_of_a_language_is_told_with_its_reason(tmp_path: Path) -> None:
    path = tmp_path / "config.cfg"
    code, output = run("init-config", path, "--lang", "de", OFFLINE)
    told = " ".join(output.split())
    assert code == 0 and "Encoder: deepset/gbert-base, since it was trained on German" in told
    assert Config().from_str(path.read_text("utf8"))["paths"]["encoder"] == "deepset/gbert-base"


def test_what_follows_from_the_encoder_is_told(bert_folder: str, tmp_path: Path) -> None:
    _, output = run("init-config", tmp_path / "config.cfg", "--task", "ner", "--encoder", bert_folder)
    told = " ".join(output.split())
    assert "encoder_learn_rate = 0.0002" in told and "has 32 dimensions" in told
    assert "window_pieces = 128" in told and "casing = true" in told


# Epochs and paths


@pytest.fixture
def corpus(nlp: Language, tmp_path: Path) -> Path:
    """12 Docs."""
    path = tmp_path / "train.spacy"
    DocBin(docs=[eg.reference for eg in make_examples(nlp)][:3] * 4).to_disk(path)
    return path


def test_epochs_are_written_as_steps(bert_folder: str, corpus: Path, tmp_path: Path) -> None:
    path = tmp_path / "config.cfg"
    options = ("--task", "ner", "--encoder", bert_folder, "--train", corpus, "--dev", corpus, "--epochs", "3.5")
    code, output = run("init-config", path, *options)
    config = Config().from_str(path.read_text("utf8"))
    assert code == 0 and config["paths"]["train"] == config["paths"]["dev"] == corpus.as_posix()
    # The 12 Docs make one batch: 3.5 steps are 4.
    assert config["training"]["max_steps"] == 4 and config["training"]["eval_frequency"] == 1
    assert config["training"]["optimizer"]["schedule"]["total_steps"] == 4
    assert f"spacy bert train {path} --output training\n" in f"{output}\n" and "--paths.train" not in output


def test_epochs_need_the_corpus(bert_folder: str) -> None:
    code, output = run("init-config", "-", "--task", "ner", "--encoder", bert_folder, "--epochs", "3")
    assert code == 1 and "B562" in output and "--train" in output


def test_epochs_are_not_for_raw_text(bert_folder: str, corpus: Path) -> None:
    options = ("--task", "pretrain", "--encoder", bert_folder, "--train", corpus)
    code, output = run("init-config", "-", *options, "--epochs", "3")
    assert code == 1 and "B563" in output


def test_an_exportable_head_is_written(bert_folder: str) -> None:
    code, output = run("init-config", "-", "--task", "ner", "--encoder", bert_folder, "--exportable")
    ner = Config().from_str(output, interpolate=False)["components"]["bert_ner"]
    assert code == 0 and ner["model"]["@architectures"] == "spacy-bert-ext.HuggingFaceTokenClassifier.v1"
    code, output = run("init-config", "-", "--task", "spancat", "--encoder", bert_folder, "--exportable")
    assert code == 1 and "B564" in output and "bert_textcat" in output
