"""What the doctor says of a pre-training."""

import re
from pathlib import Path

import pytest

from spacy_bert_ext.cli.doctor import pretraining
from tests.cli.runner import run
from tests.pretraining.runs import pretraining_config
from tests.training.resuming.crash import __file__ as CRASH_FILE


def doctor(folder: Path, *options: object) -> tuple[int, str]:
    code, output = run("doctor", folder / "config.cfg", "--code", CRASH_FILE, *options)
    return code, " ".join(output.split())


def test_language_model_text_and_steps_of_a_pass_are_told(
    bert_folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretraining_config(bert_folder, tmp_path, {"training": {"max_steps": 30}}).to_disk(tmp_path / "config.cfg")
    before = sorted(tmp_path.rglob("*"))
    code, output = doctor(tmp_path)
    assert code == 0 and "The training can begin" in output, output
    assert "head new: the checkpoint has none" in output and "mask piece [MASK]" in output
    assert "A pass over the text has" in output and "max_steps = 30 are" in output and "passes." in output
    assert "annotated" not in output and sorted(tmp_path.rglob("*")) == before
    monkeypatch.setattr(pretraining, "MAX_WINDOWS", 3)
    code, output = doctor(tmp_path, "--paths.raw_dev", "null")
    assert code == 0 and "has more than 3 windows" in output
    assert re.search(r"are at most (30|15|10)\.0 passes\.", output)  # of 1 to 3 steps
    assert "No held-out text" in output and "Corpus: dev" not in output


def test_what_would_stop_it_is_told(bert_folder: str, tmp_path: Path) -> None:
    pretraining_config(bert_folder, tmp_path).to_disk(tmp_path / "config.cfg")
    code, output = doctor(tmp_path, "--paths.raw_text", "absent.txt")
    assert code == 1 and "The training can't begin" in output and "B402" in output
    code, output = doctor(tmp_path, "--paths.raw_dev", "absent.txt")
    assert code == 1 and "B402" in output
