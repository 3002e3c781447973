"""`python -m spacy bert half`."""

from pathlib import Path

import spacy

from tests.cli.runner import run


def test_it_prints_both_sizes(trained_folder: Path, tmp_path: Path) -> None:
    code, output = run("half", trained_folder, tmp_path / "half")
    assert code == 0 and "MB, instead of" in " ".join(output.split())
    assert spacy.load(tmp_path / "half").pipe_names == spacy.load(trained_folder).pipe_names


def test_a_folder_of_something_else_is_refused(trained_folder: Path, tmp_path: Path) -> None:
    code, output = run("half", trained_folder / "vocab", tmp_path / "half")
    assert code == 1 and "B066" in output and not (tmp_path / "half").exists()
