"""`spacy bert train`: errors in the input have no traceback."""

import sys
from pathlib import Path

import pytest
from spacy.cli._util import app
from spacy.tokens import DocBin
from spacy.util import logger
from thinc.api import Config
from typer.testing import CliRunner

import spacy_bert_ext.cli  # noqa: F401
from tests.training.resuming import crash
from tests.training.resuming.runs import (
    make_config,
    with_crash,
    write_corpus,
)


@pytest.fixture
def config(bert_folder: str, tmp_path: Path) -> Config:
    return make_config(bert_folder, write_corpus(tmp_path / "corpus.spacy"))


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
        patch.setattr("spacy_bert_ext.cli.training.setup_gpu", no_gpu)
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
        [tmp_path / "config.cfg", "--code", tmp_path / "absent.py"],
    ):
        texts = [str(argument) for argument in arguments]
        if "--code" not in texts:
            texts += ["--code", crash.__file__]
        found, expected = (CliRunner().invoke(app, [*command, *texts]) for command in (["bert", "train"], ["train"]))
        assert found.exit_code == expected.exit_code != 0
        assert found.output.replace(" bert train", " train") == expected.output
