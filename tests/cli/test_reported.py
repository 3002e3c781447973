import warnings

import pytest

from spacy_bert_ext.cli.reported import warnings_in_lines


def test_each_warning_is_printed_once_also_before_an_error(capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(ValueError, match="wrong"), warnings_in_lines():
        for text in ("first", "second", "first"):
            warnings.warn(text)
        raise ValueError("wrong")
    shown = capsys.readouterr().out
    assert shown.count("first") == 1 and shown.count("second") == 1
