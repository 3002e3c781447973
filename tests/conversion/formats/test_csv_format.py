"""Tables → Records → tables."""

from pathlib import Path

import pytest
from hypothesis import given

from spacy_bert_ext.conversion.findings import Findings
from spacy_bert_ext.conversion.formats.csv_format import FORMAT, label_cell, recognises
from spacy_bert_ext.conversion.formats.options import ReadOptions, WriteOptions, read_columns
from spacy_bert_ext.conversion.records import Mark, Record

from .made import back, read_text, records


@given(records(cats=True, spans=True, overlap=True, scores=True))
def test_what_is_written_comes_back(given: list[Record]) -> None:
    for delimiter in ",;\t":
        options = WriteOptions(delimiter=delimiter)
        assert back(FORMAT, given, write=options, read=ReadOptions(delimiter=delimiter)) == given


def test_tabs_are_recognised_by_quotes_around_all_values() -> None:
    given = [Record("", 'a "b"\nc\td', cats={"a": 1.0, "b": 0.0}, fields={"x": "1"})]
    assert back(FORMAT, given, write=WriteOptions(delimiter="\t", exclusive=True)) == given


def test_scores_beside_labels_tell_which_categories_there_are(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    record = Record("", "x", cats={"a": 0.6, "b": 0.4})
    assert FORMAT.write is not None
    FORMAT.write([record], path, WriteOptions(exclusive=True), Findings())
    assert path.read_text("utf8").splitlines()[1] == 'x,a,"{""a"": 0.6, ""b"": 0.4}",,'
    (found,), findings = read_text(FORMAT, path, path.read_text("utf8").replace("x,a,", "x,b,"))
    assert found.cats == {"a": 0.0, "b": 1.0} and "Scores of categories" in findings.notes[0]
    assert label_cell({"a": 0.6, "b": 0.5}, exclusive=False) == "a|b"


@pytest.mark.parametrize(
    ("text", "options", "cats"),
    [
        ("text,label\nx, a \n", {}, {"a": 1.0}),
        ("text,label\nx,\n", {}, None),
        ('text,label\nx,"a, b"\n', {"labels_separator": ","}, {"a": 1.0, "b": 1.0}),
        ("text,label\nx,\n", {"labels_separator": ","}, {}),
        ("text,labels\nx,a|b\n", {}, {"a": 1.0, "b": 1.0}),
        ("text,labels\nx,\n", {}, {}),
        ("text,labels,scores\nx,,\n", {}, None),
        ("text,labels,scores\nx,a,\n", {}, {"a": 1.0}),
        ("text,cats.a,cats.b,cats.c\nx,1,,0.25\n", {}, {"a": 1.0, "b": 0.0, "c": 0.25}),
        ("text,y,n\nx,no,TRUE\n", {"columns": read_columns("label=y,label=n")}, {"y": 0.0, "n": 1.0}),
        ("text,label\nx,1\n", {"label_names": ("no", "yes")}, {"yes": 1.0}),
        ('text,scores\nx,"{""a"": 0.5}"\n', {}, {"a": 0.5}),
    ],
)
def test_labels_of_cells(tmp_path: Path, text: str, options: dict[str, object], cats: dict[str, float] | None) -> None:
    (found,), _ = read_text(FORMAT, tmp_path / "a.csv", text, **options)
    assert found.cats == cats


def test_joined_labels_and_guessed_columns_are_told(tmp_path: Path) -> None:
    _, findings = read_text(FORMAT, tmp_path / "a.tsv", "a text\t1\nb\t2\nc\t1,2\n" + "d\t1\ne\t2\n" * 2)
    assert "column 1 is read as the text, column 2 as the label" in findings.notes[0]
    assert "`--labels-separator ','` splits it" in findings.notes[1]


def test_rows_of_one_text_are_one_record(tmp_path: Path) -> None:
    text = "text,start,end,label,doc_id\nAda saw Bo,0,3,PER,d\nAda saw Bo,8,10,PER,d\nnone,,,,d\nAda,0,4,PER,e\n"
    found, findings = read_text(FORMAT, tmp_path / "a.csv", text)
    assert [record.marks for record in found] == [(Mark(0, 3, "PER"), Mark(8, 10, "PER")), (), ()]
    assert [record.document for record in found] == ["d", "d", "e"]
    assert findings.faults[0].place.endswith("line 5")


def test_files_as_they_come(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    text = '\ufefftext;label\r\n"a; ""b""\r\nc";x y\r\n\r\n;\r\nd;B-x;\r\n'
    found, _ = read_text(FORMAT, path, text)
    assert [(record.text, record.cats) for record in found] == [('a; "b"\r\nc', {"x y": 1.0}), ("d", {"B-x": 1.0})]
    assert found[1].place == f"{path}, line 6"
    path.write_bytes("text,label\nbär,1\n".encode("latin-1"))
    with pytest.raises(ValueError, match="B503.*line 2"):
        list(FORMAT.read(path, ReadOptions(), Findings()))
    (latin,) = FORMAT.read(path, ReadOptions(encoding="latin-1"), Findings())
    assert latin.text == "bär"
    assert read_text(FORMAT, path, "")[0] == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("text,label\nx\n", "B482.*line 2: found 1 values, expected 2"),
        ("text,label\nx,y,z\n", "B482.*line 2: found 3"),
        ("text,cats.a\nx,maybe\n", "B477.*line 2, column 2: found 'maybe'"),
        ("text,spans\nx,abc\n", "B477.*line 2: found 'abc', expected JSON"),
        ("text,spans\nx,3\n", "B477.*line 2: found '3', expected a list of spans"),
    ],
)
def test_what_is_no_row_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_text(FORMAT, tmp_path / "a.csv", text)


def test_fields_are_those_of_the_first_record(tmp_path: Path) -> None:
    given = [Record("", "a", fields={"n": 1}), Record("", "b", fields={"n": None, "m": 2, "spans": 3})]
    findings = Findings()
    assert FORMAT.write is not None
    FORMAT.write(given, tmp_path / "a.csv", WriteOptions(), findings)
    assert (tmp_path / "a.csv").read_text("utf8").splitlines() == [
        "text,labels,scores,spans,document,n",
        "a,,,,,1",
        "b,,,,,",
    ]
    assert findings.counts == {"fields left out": 2}


def test_tables_are_recognised_by_their_ending() -> None:
    assert recognises(Path("a.CSV.gz"), b"a") and not recognises(Path("a.txt"), b"a,b")
