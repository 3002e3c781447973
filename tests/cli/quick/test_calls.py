"""Commands that are called within one."""

from pathlib import Path

import pytest

from spacy_bert_ext.cli.quick.calls import call
from spacy_bert_ext.cli.typed import typed


def test_a_command_runs_as_it_is_typed(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    arguments = ["init-config", str(tmp_path / "a b.cfg"), "--task", "ner", "--encoder", str(tmp_path)]
    assert typed(arguments) == (
        f"python -m spacy bert init-config '{tmp_path}/a b.cfg' --task ner --encoder {tmp_path}"
    )
    assert call(["--help"]) == 0
    assert "init-config" in capfd.readouterr().out


def test_the_exit_code_is_that_of_the_command(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    assert call(["package", str(tmp_path), str(tmp_path / "out")]) == 1
    assert "B066" in capfd.readouterr().out
    assert call(["nothing"]) == 2 and call(["package", "--nothing"]) == 2


def test_a_step_does_not_tell_what_comes_next(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    table = tmp_path / "reviews.csv"
    table.write_text("text,label\n" + "".join(f"film {i},{'ab'[i % 2]}\n" for i in range(12)), encoding="utf8")
    arguments = ["convert", str(table), str(tmp_path / "corpus"), "--task", "textcat", "--split", "50/25/25"]
    assert call(arguments) == 0
    out = capfd.readouterr().out
    assert "Docs in train" in out and "Next:" not in out
