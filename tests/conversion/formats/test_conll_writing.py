"""What CoNLL can't hold."""

from pathlib import Path

import pytest

from spacy_bert_ext.conversion.findings import Findings
from spacy_bert_ext.conversion.formats.conll_writing import write
from spacy_bert_ext.conversion.formats.options import WriteOptions
from spacy_bert_ext.conversion.records import Mark, Record, Words


def written(path: Path, record: Record) -> tuple[str, Findings]:
    findings = Findings()
    write([record], path, WriteOptions(scheme="BILUO"), findings)
    return path.read_text("utf8"), findings


def test_lines(tmp_path: Path) -> None:
    record = Record("", "Ada  ran", marks=(Mark(0, 3, "a b"),), document="d", fields={"id": 1}, cats={"x": 1.0})
    text, _ = written(tmp_path / "a", record)
    assert text == (
        '# text = Ada  ran\n# document = d\n# cats = {"x": 1.0}\n# fields = {"id": 1}\nAda\tU-a b\nran\tO\n\n'
    )
    assert written(tmp_path / "a", Record("", "a\nb"))[0] == '# text_json = "a\\nb"\na\t_\nb\t_\n\n'


def test_marks_that_can_not_be_written_are_told(tmp_path: Path) -> None:
    words = Words(("ab", "cd", "ef"), (True, True, False))
    marks = (Mark(0, 2, "X", 0.5), Mark(0, 5, "Y"), Mark(7, 8, "Z"), Mark(6, 8, "a\tb"))
    text, findings = written(tmp_path / "a", Record("here", "ab cd ef", marks=marks, words=words))
    assert text.endswith("ab\tB-Y\ncd\tL-Y\nef\tO\n\n")
    assert findings.counts == {"spans left out": 3} and {fault.place for fault in findings.faults} == {"here"}
    reasons = " / ".join(fault.reason for fault in findings.faults)
    for reason in ("another entity is there", "does not begin and end with words", "has a tab"):
        assert reason in reasons
    assert "no place for scores" in findings.notes[0]


def test_words_with_white_space_are_cut(tmp_path: Path) -> None:
    record = Record("", "a\tb c", marks=(), words=Words(("a\tb", "c"), (True, False)))
    text, findings = written(tmp_path / "a", record)
    assert text == '# text_json = "a\\tb c"\na\tO\nb\tO\nc\tO\n\n'
    assert findings.counts == {"texts with white space within words, cut anew": 1}


def test_schemes_have_other_names(tmp_path: Path) -> None:
    write([Record("", "a", marks=(Mark(0, 1, "X"),))], tmp_path / "a", WriteOptions(scheme="iobes"), Findings())
    assert "a\tS-X\n" in (tmp_path / "a").read_text("utf8")


def test_unknown_schemes(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="B010.*'XY' for `--scheme`"):
        write([], tmp_path / "a", WriteOptions(scheme="XY"), Findings())
