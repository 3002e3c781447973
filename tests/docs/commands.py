"""Blocks of bash: commands of spaCy are called in this process, wheels are unpacked, the rest is the shell's."""

import configparser
import re
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from spacy.cli._util import app
from typer.testing import CliRunner

import spacy_bert_ext.cli  # noqa: F401  (registers the commands)
from tests.docs.pages import ROOT

TARGETS = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf8"), re.MULTILINE)
SHORT = ["--training.max_steps", "2", "--training.eval_frequency", "1"]
TRAININGS = (["bert", "train"], ["bert", "quick"], ["bert", "pretrain"])
SHELL = ("cat", "head", "ls", "mkdir", "cp", "mv", "rm", "wc", "grep", "cd", "tail", "printf", "echo", "gzip")


class Commands:
    """site: Folder that wheels are unpacked into, on the path of modules."""

    def __init__(self, site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._site = site
        self._monkeypatch = monkeypatch

    def run(self, block: str) -> None:
        """RAISES (AssertionError): A command that fails, or that is none of those known here."""
        for line in logical_lines(block):
            words = shlex.split(line, comments=True)
            while words and re.fullmatch(r"[A-Z_]+=\S*", words[0]):
                name, _, value = words.pop(0).partition("=")
                self._monkeypatch.setenv(name, value)
            if words:
                self._run(words, line)

    def _run(self, words: list[str], line: str) -> None:
        if words[0] == "pip":
            words = ["python", "-m", *words]
        match words:
            case ["python", "-m", "spacy", *arguments]:
                with_redirections(arguments)
            case ["python", "-m", "pip", "install", *arguments]:
                self._install(arguments)
            case ["python", "-m", "venv" | "ipykernel", *_] | ["source", *_] | ["git", "clone", *_]:
                pass  # of the reader's machine
            case ["python", script, *_] if (ROOT / script).is_file():
                pass  # benchmarks and the like have tests of their own, or take long
            case ["make", *targets]:
                assert {word for word in targets if "=" not in word} <= set(TARGETS), line
            case [command, *_] if command in SHELL or command == "python":
                subprocess.run(["bash", "-ec", line.replace("python ", f"{sys.executable} ", 1)], check=True)
            case _:
                raise AssertionError(f"The tests of the docs don't know the command: {line}")

    def _install(self, arguments: list[str]) -> None:
        extras = configparser.ConfigParser(interpolation=None)
        extras.read(ROOT / "setup.cfg", encoding="utf8")
        for argument in arguments:
            if argument.endswith(".whl"):
                wheels = list(Path().glob(argument.removeprefix("./")))
                assert wheels, argument
                for wheel in wheels:
                    if not wheel.name.startswith("spacy_bert_ext"):  # which is installed
                        zipfile.ZipFile(wheel).extractall(self._site)
            elif named := re.search(r"(?:^\.|spacy-bert-ext)\[(.*?)\]", argument):
                assert set(named[1].split(",")) <= set(extras["options.extras_require"]), argument


def spacy_command(arguments: list[str], given: str | None = None) -> str:
    """`python -m spacy` in this process: what it prints. Trainings are cut short."""
    if arguments[:2] in TRAININGS or arguments[:1] == ["train"]:
        arguments = [*arguments, *SHORT]
    if arguments[:1] == ["project"]:
        return ""  # tests/test_project.py
    arguments = [found for argument in arguments for found in expanded(argument)]
    result = CliRunner().invoke(app, arguments, input=given)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == 0, f"python -m spacy {' '.join(arguments)}\n{result.output}"
    return result.stdout


def with_redirections(arguments: list[str]) -> None:
    """`... < texts.txt > found.jsonl`, or a pipe into a command of the shell, whose own output is not looked at."""
    given, written = None, None
    for sign in "<>":
        if sign in arguments:
            at = arguments.index(sign)
            name = arguments[at + 1]
            arguments = arguments[:at] + arguments[at + 2 :]
            given, written = (Path(name).read_text(encoding="utf8"), written) if sign == "<" else (given, name)
    if "|" in arguments:
        arguments = arguments[: arguments.index("|")]
    printed = spacy_command(arguments, given)
    if written is not None:
        Path(written).write_text(printed, encoding="utf8")


def expanded(argument: str) -> list[str]:
    if "*" not in argument:
        return [argument]
    return sorted(map(str, Path().glob(argument))) or [argument]


def logical_lines(block: str) -> Iterator[str]:
    for line in block.replace("\\\n", " ").splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            yield line.strip()
