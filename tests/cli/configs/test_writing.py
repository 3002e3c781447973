"""Configs go where they are asked to go, and replace nothing unasked."""

from pathlib import Path

import pytest

from spacy_bert_ext.cli.configs.writing import write_config


def test_standard_output(capsys: pytest.CaptureFixture) -> None:
    write_config("-", "[nlp]", False)
    assert capsys.readouterr().out == "[nlp]\n"


def test_a_file_is_replaced_with_force_only(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    path = tmp_path / "new" / "config.cfg"
    write_config(str(path), "[one]", False)
    with pytest.raises(SystemExit):
        write_config(str(path), "[other]", False)
    assert path.read_text() == "[one]"
    assert "--force" in capsys.readouterr().out
    write_config(str(path), "[other]", True)
    assert path.read_text() == "[other]"


def test_a_folder_is_no_file(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit):
        write_config(str(tmp_path), "[nlp]", True)
    assert "[B200]" in capsys.readouterr().out
