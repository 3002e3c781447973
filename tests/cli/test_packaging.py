"""What `spacy bert package` prints."""

from pathlib import Path

import pytest

from spacy_bert_ext.checkpoints.packaging import Packaged
from spacy_bert_ext.cli import packaging
from tests.cli.runner import run


def test_wheels_and_the_line_are_shown(trained_folder: Path, tmp_path: Path) -> None:
    status, output = run("package", trained_folder, tmp_path / "out", "--name", "shown")
    assert status == 0 and output.count("MB)") == 2
    assert f"python -m pip install {tmp_path}/out/en_shown-" in output and 'spacy.load("en_shown")' in output
    assert "install.txt" in output and "did not come from PyPI" not in output


def test_an_error_is_one_line(trained_folder: Path, tmp_path: Path) -> None:
    status, output = run("package", trained_folder / "vocab", tmp_path / "out")
    assert status == 1 and "B066" in output and not (tmp_path / "out").exists()


def test_code_that_fails_is_told(trained_folder: Path, tmp_path: Path) -> None:
    code = tmp_path / "failing_code.py"
    code.write_text("import not_there", encoding="utf8")
    status, output = run("package", trained_folder, tmp_path / "out", "--code", code)
    assert status == 1 and "not_there" in output and not (tmp_path / "out").exists()


def test_packages_from_elsewhere_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    wheel = tmp_path / "a.whl"
    wheel.touch()
    made = Packaged("en_a", (wheel, wheel), ["heads-of-mine"])
    monkeypatch.setattr(packaging, "package_pipeline", lambda *args, **options: made)
    packaging.package_to(tmp_path, tmp_path, name=None, version=None, code=[], force=False)
    assert "also needs heads-of-mine" in " ".join(capsys.readouterr().out.split())
