"""Runs that stop, go on, and begin again; with commands that only write what tells of them."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from spacy_bert_ext.cli.quick import run as module
from tests.cli.quick.works import write_corpus
from tests.cli.runner import run


class Commands:
    """calls: Arguments of each call. codes: Exit codes by name of command, 0 by default."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.codes: dict[str, int] = {}

    def call(self, arguments: Sequence[str]) -> int:
        self.calls.append(list(arguments))
        name = arguments[0]
        if name == "convert":
            write_corpus(Path(arguments[2]).parent, 100, 20, 5)
        if name == "train":
            Path(arguments[3], "training-state").mkdir(parents=True, exist_ok=True)
        return self.codes.get(name, 0)

    @property
    def names(self) -> list[str]:
        return [arguments[0] for arguments in self.calls]


ALL = ["convert", "init-config", "doctor", "train", "calibrate", "evaluate", "package"]


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> Commands:
    made = Commands()
    monkeypatch.setattr(module, "call", made.call)
    monkeypatch.setattr(module, "tell_ending", lambda work, seconds: print("the end"))
    return made


def quick(folder: Path, *options: str) -> tuple[int, str]:
    data = folder / "data.csv"
    if not data.exists():
        data.write_text("text,label\n", encoding="utf8")
    place = ("--task", "ner", "--lang", "en", "--encoder", "some", "--output", folder / "out")
    code, output = run("quick", data, *place, *options)
    return code, " ".join(output.split())


def test_each_command_is_shown_and_called(tmp_path: Path, commands: Commands) -> None:
    code, output = quick(tmp_path, "--training.seed", "3")
    assert code == 0 and commands.names == ALL and output.endswith("the end")
    assert "7/7 package" in output and f"python -m spacy bert package {tmp_path}/out/calibrated" in output
    assert "--training.seed" in commands.calls[3] and "--training.seed" not in commands.calls[0]


def test_a_second_run_does_nothing(tmp_path: Path, commands: Commands) -> None:
    quick(tmp_path)
    commands.calls.clear()
    code, output = quick(tmp_path)
    assert code == 0 and not commands.calls and output.count("done before") == 7 and output.endswith("the end")


def test_after_an_error_the_same_command_goes_on(tmp_path: Path, commands: Commands) -> None:
    commands.codes["doctor"] = 1
    code, output = quick(tmp_path)
    assert code == 1 and commands.names == ALL[:3]
    assert "Stopped at step 3/7 doctor. Once that is corrected, the command goes on from there:" in output
    assert "an option of an earlier step has to change, add `--force`" in output
    assert f"python -m spacy bert quick {tmp_path}/data.csv --task ner --lang en" in output
    commands.codes.clear()
    commands.calls.clear()
    assert quick(tmp_path)[0] == 0 and commands.names == ALL[2:]


def test_an_interrupted_training_is_resumed(tmp_path: Path, commands: Commands) -> None:
    commands.codes["train"] = 130
    code, output = quick(tmp_path)
    assert code == 130 and "Stopped at step 4/7 train. The same command goes on from there:" in output
    commands.codes.clear()
    assert quick(tmp_path)[0] == 0
    assert ["--resume" in arguments for arguments in commands.calls if arguments[0] == "train"] == [False, True]


def test_what_other_steps_have_left_is_removed(tmp_path: Path, commands: Commands) -> None:
    commands.codes["package"] = 1
    quick(tmp_path)
    (tmp_path / "out" / "packages").mkdir()
    (tmp_path / "out" / "packages" / "half.whl").touch()
    commands.codes.clear()
    assert quick(tmp_path)[0] == 0 and not (tmp_path / "out" / "packages").exists()


def test_other_options_are_told_and_begin_again_only_if_asked(tmp_path: Path, commands: Commands) -> None:
    quick(tmp_path)
    commands.calls.clear()
    code, output = quick(tmp_path, "--epochs", "7")
    assert code == 1 and "[B547]" in output and "`init-config`" in output and not commands.calls
    assert quick(tmp_path, "--epochs", "7", "--force")[0] == 0
    assert commands.names == ALL[1:] and "--resume" not in commands.calls[2]
    commands.calls.clear()
    assert quick(tmp_path, "--epochs", "7")[0] == 0 and not commands.calls


def test_options_of_a_step_that_has_failed_can_be_corrected(tmp_path: Path, commands: Commands) -> None:
    commands.codes["convert"] = 2
    quick(tmp_path, "--colums", "1,2")
    commands.codes.clear()
    assert quick(tmp_path, "--columns", "1,2")[0] == 0
    assert commands.names == ["convert", *ALL]


def test_an_interrupted_training_is_not_lost(tmp_path: Path, commands: Commands) -> None:
    commands.codes["train"] = 130
    quick(tmp_path)
    commands.calls.clear()
    code, output = quick(tmp_path, "--training.seed", "4")
    assert code == 1 and "[B547]" in output and not commands.calls


def test_without_an_encoder_nothing_begins(tmp_path: Path, commands: Commands) -> None:
    """The tests have no network and no cache."""
    code, output = run("quick", "data.csv", "--task", "ner", "--lang", "nl", "--output", tmp_path / "out")
    assert code == 1 and "[B546]" in output and not commands.calls and not (tmp_path / "out").exists()


def test_other_data_are_told_and_begin_again_only_if_asked(tmp_path: Path, commands: Commands) -> None:
    quick(tmp_path)
    commands.calls.clear()
    os.utime(tmp_path / "data.csv", (1, 1))
    code, output = quick(tmp_path)
    assert code == 1 and "[B548]" in output and not commands.calls
    assert quick(tmp_path, "--force")[0] == 0 and commands.names == ALL


def test_a_folder_of_something_else_is_refused(tmp_path: Path, commands: Commands) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").touch()
    code, output = quick(tmp_path)
    assert code == 1 and "B032" in output and not commands.calls


def test_files_of_a_folder_are_looked_at_one_by_one(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.ann").write_text("12", encoding="utf8")
    ((path, size, _),) = module._fingerprint(str(tmp_path)) or [("", 0, 0)]
    assert path.endswith("b.ann") and size == 2
    assert module._fingerprint("user/data") is None and module._fingerprint(None) is None
