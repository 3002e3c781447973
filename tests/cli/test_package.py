"""Arguments of `python -m spacy bert package`."""

from pathlib import Path

from tests.cli.runner import run


def test_options_reach_the_package(trained_folder: Path, tmp_path: Path) -> None:
    code = tmp_path / "some_code.py"
    code.write_text("", encoding="utf8")
    options = ("--name", "given", "--version", "2.0", "--code", f"{code}, ")
    status, output = run("package", trained_folder, tmp_path / "out", *options)
    assert status == 0, output
    assert (tmp_path / "out" / "en_given-2.0-py3-none-any.whl").exists()
    status, output = run("package", trained_folder, tmp_path / "out")
    assert status == 1 and "B550" in output
    status, output = run("package", trained_folder, tmp_path / "out", "--name", "other", "--force")
    assert status == 0 and 'spacy.load("en_other")' in output
