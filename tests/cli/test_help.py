"""`--help` of every command: complete, and shown without loading what the command needs."""

import re
import subprocess
import sys

import click
import pytest
import typer

from spacy_bert_ext import cli

PREDICTING = ("apply", "calibrate", "evaluate", "explain")
COMMANDS: dict[str, click.Command] = dict(typer.main.get_command(cli.app).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_option_and_argument_is_explained(name: str) -> None:
    command = COMMANDS[name]
    assert command.help and command.help[0].isupper()
    for param in command.params:
        text = getattr(param, "help", None)
        assert text and not text.endswith("."), f"{name} {param.name}: {text}"
        if param.multiple if isinstance(param, click.Option) else False:
            assert "repeatedly" in text, f"{name} {param.name}: {text}"


@pytest.mark.parametrize("name", COMMANDS)
def test_help_is_read_once(name: str) -> None:
    """It begins with the thing that is given, and no clause has "what" as a noun."""
    for param in COMMANDS[name].params:
        text = str(getattr(param, "help", None))
        assert not re.match(r"(Of|Such|Whose|What|Between|It) ", text), f"{name} {param.name}: {text}"
        assert not re.search(r"\b(what|so many)\b", text, re.IGNORECASE), f"{name} {param.name}: {text}"
    assert not re.search(r"\bwhat\b", str(COMMANDS[name].help), re.IGNORECASE)


@pytest.mark.parametrize("name", PREDICTING)
def test_commands_that_predict_take_a_gpu(name: str) -> None:
    (option,) = [param for param in COMMANDS[name].params if "--gpu-id" in param.opts]
    assert option.default == -1


def test_help_loads_nothing_that_it_does_not_need() -> None:
    """Of what it takes, spaCy's own command takes nearly all."""
    code = """
import sys
from spacy.cli._util import app
import spacy_bert_ext.cli
from typer.testing import CliRunner
result = CliRunner().invoke(app, ["bert", "calibrate", "--help"])
assert result.exit_code == 0 and "--min-positives" in result.output, result.output
rooms = sorted({name.split(".")[1] for name in sys.modules if name.startswith("spacy_bert_ext.")})
print(rooms, "transformers" in sys.modules)
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found.strip() == "['about', 'cli', 'pieces'] False"
