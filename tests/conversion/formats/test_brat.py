"""brat's folders."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given

from spacy_bert_ext.conversion.findings import Findings
from spacy_bert_ext.conversion.formats.brat import FORMAT, recognises
from spacy_bert_ext.conversion.formats.options import WriteOptions
from spacy_bert_ext.conversion.records import Mark, Record

from .made import read, records


@given(records(spans=True, overlap=True))
def test_what_is_written_comes_back(given: list[Record]) -> None:
    """But for blanks in labels, and for names of texts."""
    findings = Findings()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "data"
        assert FORMAT.write is not None
        FORMAT.write(given, path, WriteOptions(), findings)
        found, reading = read(FORMAT, path)
    assert findings.faults == reading.faults == []
    expected = [
        (record.text, tuple(mark._replace(label=mark.label.replace(" ", "_")) for mark in record.marks or ()))
        for record in given
    ]
    assert sorted((record.text, record.marks) for record in found) == sorted(expected)


def test_lines(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.txt").write_text("Ada\r\nLovelace ran", newline="")
    (tmp_path / "sub" / "b.ann").write_text(
        "T1\tPER 0 13\tAda  Lovelace\nT2\tX 0 3;5 8\tAda Lov\nT3\tX 0 3\tBob\nE1\tX:T1\nR1\tx Arg1:T1\n"
        "A1\tNeg T1\n#1\tnote T1\tx\n*\tEquiv T1 T2\n\n"
    )
    (tmp_path / "a.txt").write_text("none")
    found, findings = read(FORMAT, tmp_path)
    assert [(record.document, record.marks) for record in found] == [
        ("a", None),
        ("sub/b", (Mark(0, 13, "PER"),)),
    ]
    assert found[1].text == "Ada\r\nLovelace ran"
    assert findings.counts == {
        "spans left out": 2,
        "events skipped": 1,
        "relations skipped": 2,
        "attributes skipped": 1,
        "notes skipped": 1,
    }
    assert (
        findings.faults[0].place.endswith("b.ann, line 2") and "several pieces (0 3;5 8)" in findings.faults[0].reason
    )
    assert findings.faults[1].place.endswith("b.ann, line 3") and "'Bob'" in findings.faults[1].reason
    assert recognises(tmp_path, b"") and not recognises(tmp_path / "a.txt", b"none")
    for name in ("a.txt", "a.ann"):
        (alone,), _ = read(FORMAT, tmp_path / name)
        assert alone.text == "none"


def test_what_is_missing_or_wrong_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="B511"):
        read(FORMAT, tmp_path)
    (tmp_path / "a.ann").write_text("X1\t\n")
    for path in (tmp_path, tmp_path / "a.ann"):
        with pytest.raises(ValueError, match=r"B511.*a\.ann"):
            read(FORMAT, path)
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(ValueError, match=r"B477.*a\.ann, line 1"):
        read(FORMAT, tmp_path)


def test_what_is_written(tmp_path: Path) -> None:
    given = [
        Record("", "Ada", marks=(Mark(0, 3, "a b"),), document="x/y", cats={"a": 1.0}),
        Record("", "b", document="x/y"),
    ]
    findings = Findings()
    assert FORMAT.write is not None
    FORMAT.write(given, tmp_path / "out", WriteOptions(), findings)
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["x_y-2.txt", "x_y.ann", "x_y.txt"]
    assert (tmp_path / "out" / "x_y.ann").read_text() == "T1\ta_b 0 3\tAda\n" and "categories" in findings.notes[0]
