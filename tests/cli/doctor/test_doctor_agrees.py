"""The doctor's promise: if it says that a training can begin, `bert train` begins, and the other way round."""

import os
from pathlib import Path

import pytest
import spacy
from spacy.cli._util import app
from spacy.util import registry
from typer.testing import CliRunner

from tests.cli.cases import CASES, Files
from tests.pipeline.pipelines import make_initialized

# `make faults` tries them all.
NAMES = [name for name, case in CASES.items() if case.is_brief or os.environ.get("SPACY_BERT_EXT_FAULTS")]


def run(*arguments: object) -> tuple[int, str]:
    registry.cli.get_all()
    result = CliRunner().invoke(app, ["bert", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    return result.exit_code, " ".join(result.output.split())


@pytest.fixture(scope="module")
def files(bert_folder: str, tmp_path_factory: pytest.TempPathFactory) -> Files:
    made = Files(tmp_path_factory.mktemp("cases"), bert_folder)
    make_initialized(bert_folder, ("bert_ner", "bert_textcat")).to_disk(made.pipeline)
    return made


@pytest.mark.parametrize("name", NAMES)
def test_the_doctor_and_the_trainer_agree(name: str, files: Files, tmp_path: Path) -> None:
    trains = CASES[name].trains
    config = files.config()
    CASES[name].change(config, files)
    if "spacy-transformers." in config.to_str():
        pytest.importorskip("spacy_transformers", exc_type=ImportError)
    config.to_disk(tmp_path / "config.cfg")
    doctors, report = run("doctor", tmp_path / "config.cfg")
    trainers, output = run("train", tmp_path / "config.cfg", "--output", tmp_path / "out")
    assert (trainers == 0) == trains, output
    assert (doctors == 0) == trains, report
    assert (tmp_path / "out" / "model-last").exists() == trains
    if trains:
        spacy.load(tmp_path / "out" / "model-last")
        assert "The training can begin" in report
    else:
        assert "✘" in report and "✘" in output and "Traceback" not in report + output
