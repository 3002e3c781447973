"""The default batch size of spaCy's own command."""

import inspect
import subprocess
import sys

import typer
from spacy.cli.apply import apply_cli

import spacy_bert_ext.cli  # noqa: F401  as every spaCy command imports it
from spacy_bert_ext.cli.spacy_apply import use_batch_size_of_pipeline


def test_apply_takes_the_batch_size_of_the_pipeline() -> None:
    assert inspect.signature(apply_cli).parameters["batch_size"].default.default is None


def test_the_command_says_so() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "spacy", "apply", "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert "the pipeline's" in shown


def test_commands_that_are_not_as_known_stay_as_they_are() -> None:
    def without(n: int = 1) -> None: ...

    def plain(batch_size: int = 1) -> None: ...

    def other(batch_size: int = typer.Option(8)) -> None: ...

    for command in (without, plain, other):
        use_batch_size_of_pipeline(command)
    assert inspect.signature(plain).parameters["batch_size"].default == 1
    assert inspect.signature(other).parameters["batch_size"].default.default == 8
