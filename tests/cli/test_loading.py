"""The pipeline that a command is given: what is told if it is none."""

import shutil
from pathlib import Path

import pytest

from spacy_bert_ext.cli.loading import load_pipeline
from tests.cli.runner import run


def test_it_is_loaded(trained_folder: Path) -> None:
    assert "bert_encoder" in load_pipeline(str(trained_folder)).pipe_names
    with pytest.raises(OSError, match="E050"):
        load_pipeline("no_such_package")


def test_the_folder_of_a_training_names_the_pipelines_in_it(trained_folder: Path, tmp_path: Path) -> None:
    for name in ("model-best", "model-last"):
        shutil.copytree(trained_folder, tmp_path / "training" / name)
    (tmp_path / "training" / "training-state").mkdir()
    best = tmp_path / "training" / "model-best"
    with pytest.raises(ValueError, match=f"B066.*training is no pipeline.*{best}, "):
        load_pipeline(str(tmp_path / "training"))
    for command in ("half", "evaluate", "calibrate", "export"):
        corpus = [trained_folder / "meta.json"] if command in ("evaluate", "calibrate") else []
        options = {"export": ["--component", "bert_ner"], "evaluate": ["--output", tmp_path / "out"]}
        target = [] if command == "evaluate" else [tmp_path / "out"]
        code, output = run(command, tmp_path / "training", *corpus, *target, *options.get(command, []))
        assert code == 1 and "B066" in output and "model-best" in "".join(output.split()), output
    assert not (tmp_path / "out").exists()


def test_files_and_other_folders_are_none(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match="B066.*it is no folder"):
        load_pipeline(str(tmp_path / "file"))
    with pytest.raises(ValueError, match="B066.*no meta.json or no config.cfg. Give a folder"):
        load_pipeline(str(tmp_path))
