"""Columns as the command names them."""

import pytest

from spacy_bert_ext.conversion.formats.options import ReadOptions, read_columns


def test_columns_have_roles() -> None:
    columns = read_columns("text=review, label=a,label=b")
    assert columns == {"text": ("review",), "label": ("a", "b")}
    options = ReadOptions(columns=columns)
    assert options.column("text") == "review" and options.column("id") is None and options.column("id", "x") == "x"
    with pytest.raises(ValueError, match="B506.*'review' is no ROLE=COLUMN.*text, label"):
        read_columns("review")
    with pytest.raises(ValueError, match="B506.*no role 'texts'"):
        read_columns("texts=review")
