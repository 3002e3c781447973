"""Delimited text."""

from pathlib import Path

import pytest

from spacy_bert_ext.conversion.tables import Dialect, dialect_of, head_rows, read_table


def rows(path: Path, text: str, dialect: Dialect) -> list[tuple[int, list[str]]]:
    path.write_text(text, encoding="utf8", newline="")
    return [tuple(row) for row in read_table(path, dialect)]


def test_rows_have_the_line_in_which_they_begin(tmp_path: Path) -> None:
    text = '\ufeffa,b\r\n"x, ""y""\r\nz",1\r\n\r\n,\r\nc,d'
    found = rows(tmp_path / "a.csv", text, Dialect(",", quotes=True))
    assert found == [(1, ["a", "b"]), (2, ['x, "y"\r\nz', "1"]), (6, ["c", "d"])]
    assert rows(tmp_path / "a.tsv", '"x\ty\n', Dialect("\t", quotes=False)) == [(1, ['"x', "y"])]
    with pytest.raises(ValueError, match="B475.*line 2: no table.*begins here"):
        rows(tmp_path / "b.csv", 'a\n"b\nc\n', Dialect(",", quotes=True))


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.csv", "text,label\na;b,1\n", (",", True)),
        ("a.csv", "text;label\na, b;1\nc;2\n", (";", True)),
        ("a.csv", 'text\tlabel\n"a\tb"\t1\n', ("\t", True)),
        ("a.csv", "text\none\n", (",", True)),
        ("a.tsv", '"Good," he said\t1\nno\t0\n', ("\t", False)),
        ("a.tsv", '"text"\t"label"\n"a\nb"\t"1"\n', ("\t", True)),
        ("a.tsv.gz", "a,b\tc\nd,e\tf\n", ("\t", False)),
    ],
)
def test_dialects_are_told_from_the_first_rows(
    tmp_path: Path, name: str, text: str, expected: tuple[str, bool]
) -> None:
    path = tmp_path / name
    path.write_text(text)
    assert dialect_of(path, None, delimiter=None, quotes=None) == expected
    assert dialect_of(path, None, delimiter="|", quotes=False) == ("|", False)


def test_a_head_ends_at_the_first_wrong_row(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('a,b\n"c')
    assert head_rows(path, Dialect(",", quotes=True), None) == [["a", "b"]]
    path.write_text("a,b\n" * 500)
    assert len(head_rows(path, Dialect(",", quotes=True), None)) == 200
    path.write_text('"c')
    with pytest.raises(ValueError, match="B475"):
        head_rows(path, Dialect(",", quotes=True), None)
