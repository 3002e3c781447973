"""What spaCy's own command says of pipelines that need this package."""

from pathlib import Path

import spacy
import typer
from spacy.cli._util import app
from typer.testing import CliRunner

from spacy_bert_ext.cli.spacy_package import tell_of_own_wheel


def packaged(pipeline: Path, output: Path) -> str:
    output.mkdir()
    result = CliRunner().invoke(app, ["package", str(pipeline), str(output), "--build", "none"])
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def test_spacys_command_tells_how_both_wheels_are_made(trained_folder: Path, tmp_path: Path) -> None:
    output = packaged(trained_folder, tmp_path / "out")
    assert f"python -m spacy bert package {trained_folder} FOLDER" in output and "not on PyPI" in output


def test_it_says_nothing_of_other_pipelines(tmp_path: Path) -> None:
    spacy.blank("en").to_disk(tmp_path / "blank")
    assert "spacy-bert-ext" not in packaged(tmp_path / "blank", tmp_path / "out")


def test_options_of_the_command_stay() -> None:
    shown = CliRunner().invoke(app, ["package", "--help"]).output
    assert "--code" in shown and "--require-parent" in shown


def test_other_commands_and_calls_stay_as_they_are() -> None:
    other = typer.Typer()

    @other.command("apply")
    def apply() -> None: ...

    @other.command("package")
    def package(path: str) -> str:
        return path

    tell_of_own_wheel(other)
    assert other.registered_commands[0].callback is apply
    assert other.registered_commands[1].callback("there") == "there"
    assert other.registered_commands[1].callback.__name__ == "package"
