"""Which column is which."""

from pathlib import Path

import pytest

from spacy_bert_ext.conversion.formats.csv_columns import Columns, columns_of
from spacy_bert_ext.conversion.formats.options import ReadOptions, read_columns

PATH = Path("a.csv")


def columns(*rows: str, text: str = "", **options: bool) -> Columns:
    roles = read_columns(text) if text else {}
    return columns_of(PATH, [row.split(",") for row in rows], ReadOptions(columns=roles, **options))


def test_known_names() -> None:
    found = columns("id,Review ,Label,doc_id", "1,x,y,z")
    assert (found.text, found.labels, found.document, found.has_header) == (1, [2], 3, True)
    assert found.used == {1, 2, 3} and not found.several and not found.are_categories
    assert columns("text,labels").several and columns("text,cats.a").are_categories


def test_given_columns() -> None:
    found = columns("id,a,b", text="text=b,label=a,id=id")
    assert (found.text, found.labels, found.id, found.has_header) == (2, [1], 0, True)
    found = columns("x,1", text="text=1,label=2")
    assert (found.text, found.labels, found.has_header, found.names) == (0, [1], False, ["1", "2"])
    assert columns("x,1", text="text=1", header=True).has_header
    assert columns("text,y,n", text="label=y,label=n").are_categories
    for wrong in ("text=c", "text=4"):
        with pytest.raises(ValueError, match="B505.*there is no column"):
            columns("a,b", text=wrong)


def test_columns_without_a_header_are_told_from_their_values() -> None:
    found = columns("a long text,1,x1", "b,0,x2", "c,1,x3", "d,0,x4")
    assert (found.text, found.labels, found.has_header, found.is_guessed) == (0, [1], False, True)
    assert columns("a text", "b").text == 0
    with pytest.raises(ValueError, match="B505.*no header with known names"):
        columns("a,b", "c,d")
    with pytest.raises(ValueError, match="B505.*no column is known"):
        columns("label,x", "1,2")
