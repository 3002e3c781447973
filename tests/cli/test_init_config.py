"""The options of `spacy bert init-config`."""

from pathlib import Path

from tests.cli.runner import run


def test_options_are_explained() -> None:
    code, output = run("init-config", "--help")
    assert code == 0
    for option in ("--encoder", "--lang", "--train", "--dev", "--epochs", "--exportable", "--offline-ok"):
        assert option in output


def test_what_cannot_be_is_refused_before_anything_is_written(bert_folder: str, tmp_path: Path) -> None:
    path = tmp_path / "config.cfg"
    for options in (("--train", tmp_path / "nothere"), ("--dev", tmp_path / "nothere"), ("--epochs", "0")):
        code, _ = run("init-config", path, "--encoder", bert_folder, *options)
        assert code == 2 and not path.exists()
