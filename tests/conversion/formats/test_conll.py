"""CoNLL files → Records → CoNLL files."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from spacy_bert_ext.conversion.formats.conll import FORMAT, recognises
from spacy_bert_ext.conversion.formats.options import ReadOptions, WriteOptions, read_columns
from spacy_bert_ext.conversion.records import Mark, Record, Words

from .made import back, read_text, records

FOUR = "-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\nran VBZ B-VP O\n\nNew NNP B-NP B-LOC\nYork NNP I-NP I-LOC\n"
GERMEVAL = "#\thttp://a.b\t[2010]\t\n1\tUni\tB-ORG\tO\n2\tKöln\tI-ORG\tB-LOC\n\n"


@given(records(spans=True, cats=True, words=True))
def test_what_is_written_comes_back(given: list[Record]) -> None:
    for scheme in ("IOB1", "IOB2", "BILUO", "BIOES", "BMES"):
        read = ReadOptions(scheme=scheme)
        assert back(FORMAT, given, write=WriteOptions(scheme=scheme), read=read) == given


@given(records(words=True))
def test_texts_without_annotation_come_back(given: list[Record]) -> None:
    assert back(FORMAT, given) == given


def test_unknown_blanks_stay_unknown(tmp_path: Path) -> None:
    found, _ = read_text(FORMAT, tmp_path / "a.txt", FOUR[22:])
    assert found[0].words is not None and not found[0].words.knows_spaces
    assert back(FORMAT, found) == [replace(record, place="") for record in found]


def test_four_columns(tmp_path: Path) -> None:
    found, findings = read_text(FORMAT, tmp_path / "a.txt", FOUR)
    assert [(record.text, record.marks) for record in found] == [
        ("EU ran", (Mark(0, 2, "ORG"),)),
        ("New York", (Mark(0, 8, "LOC"),)),
    ]
    assert (
        found[0].words == Words(("EU", "ran"), (True, False), False, (True, False))
        and found[0].document == "a.txt, document 1"
    )
    assert found[1].place == f"{tmp_path / 'a.txt'}, line 6" and findings.notes == []
    found, _ = read_text(FORMAT, tmp_path / "a.txt", FOUR, columns=read_columns("tag=3"))
    assert found[0].marks == (Mark(0, 2, "NP"), Mark(3, 6, "VP"))
    found, _ = read_text(FORMAT, tmp_path / "a.txt", FOUR, columns=read_columns("text=2"))
    assert found[0].text == "NNP VBZ"
    with pytest.raises(ValueError, match="B509.*no column '5': it has 4"):
        read_text(FORMAT, tmp_path / "a.txt", FOUR, columns=read_columns("tag=5"))


@pytest.mark.parametrize("row", ["EU|B-ORG", "EU"])
def test_a_word_without_a_tag_is_an_error(tmp_path: Path, row: str) -> None:
    with pytest.raises(ValueError, match="B507.*line 3: found one column, '" + row.replace("|", ".")):
        read_text(FORMAT, tmp_path / "a.txt", f"-DOCSTART-\n\n{row}\n")


def test_sentences_of_a_document_are_one_text(tmp_path: Path) -> None:
    found, _ = read_text(FORMAT, tmp_path / "a.txt", FOUR, join_sentences=True)
    assert [(record.text, record.marks) for record in found] == [
        ("EU ran New York", (Mark(0, 2, "ORG"), Mark(7, 15, "LOC")))
    ]
    assert found[0].words == Words(
        ("EU", "ran", "New", "York"), (True, True, True, False), False, (True, False, True, False)
    )
    found, findings = read_text(FORMAT, tmp_path / "a.txt", FOUR[22:], join_sentences=True)
    assert len(found) == 2 and "no marked document" in findings.notes[0]
    found, _ = read_text(FORMAT, tmp_path / "a.txt", FOUR, join_sentences=True, lang="zh")
    assert found[0].text == "EUranNewYork" and found[0].marks == (Mark(0, 2, "ORG"), Mark(5, 12, "LOC"))


def test_inner_entities(tmp_path: Path) -> None:
    (found,), findings = read_text(FORMAT, tmp_path / "a.tsv", GERMEVAL)
    assert found.marks == (Mark(0, 8, "ORG"),) and found.document == "http://a.b"
    assert findings.counts == {"entities within others left out": 1}
    (found,), _ = read_text(FORMAT, tmp_path / "a.tsv", GERMEVAL, nested=True)
    assert found.marks == (Mark(0, 8, "ORG"), Mark(4, 8, "LOC"))


def test_languages_without_blanks(tmp_path: Path) -> None:
    (found,), _ = read_text(FORMAT, tmp_path / "a.bmes", "高 B-NAME\n勇 E-NAME\n： O\n", lang="zh")
    assert found.text == "高勇：" and found.marks == (Mark(0, 2, "NAME"),)


def test_texts_that_are_not_made_of_their_words_are_counted(tmp_path: Path) -> None:
    (found,), findings = read_text(FORMAT, tmp_path / "a", "# text = a b\na\tO\nc\tB-X\n")
    assert found.text == "a c" and found.marks == (Mark(2, 3, "X"),)
    assert findings.counts == {"texts that are not made of their words": 1}


def test_files_without_words(tmp_path: Path) -> None:
    assert read_text(FORMAT, tmp_path / "a", "\n# text = \n\n# x\n")[0][0].text == ""
    assert read_text(FORMAT, tmp_path / "a", "")[0] == []


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.bmes", "", True),
        ("a.txt", FOUR, True),
        ("a.tsv", GERMEVAL, True),
        ("a.tsv", "a text\tpos\nb\tneg\n", False),
        ("a.txt", "Some text.\nMore of it.\n", False),
        ("a.txt", "", False),
    ],
)
def test_conll_is_recognised(name: str, text: str, expected: bool) -> None:
    assert recognises(Path(name), text.encode()) is expected
