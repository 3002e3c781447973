import warnings
from pathlib import Path

import pytest

from spacy_bert_ext.cli.reported import refuse_existing, warnings_in_lines


def test_each_warning_is_printed_once_also_before_an_error(capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(ValueError, match="wrong"), warnings_in_lines():
        for text in ("first", "second", "first"):
            warnings.warn(text)
        raise ValueError("wrong")
    shown = capsys.readouterr().out
    assert shown.count("first") == 1 and shown.count("second") == 1


def test_a_file_that_is_there_is_replaced_with_force_only(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    refuse_existing(tmp_path / "new", False)
    refuse_existing(tmp_path, True)
    with pytest.raises(SystemExit):
        refuse_existing(str(tmp_path), False)
    assert "exists already: use --force to overwrite it" in " ".join(capsys.readouterr().out.split())
