"""Texts and JSON by lines; what is wrong costs its line."""

from pathlib import Path

from spacy_bert_ext.scale.sources import lines
from spacy_bert_ext.scale.sources.lines import read_json_lines, read_texts, read_whole
from tests.coded import raises_code
from tests.scale.sources.reading import rows_of


def test_a_text_in_each_line(tmp_path: Path) -> None:
    found = rows_of(read_texts, tmp_path / "a", "\ufeffAda\r\n\n a\u2028b \n\x85é".encode() + b"\xff", "body")
    assert [row.values for row in found] == [
        {"body": "Ada"},
        {"body": ""},
        {"body": " a\u2028b "},
        {"body": "\x85é\udcff"},
    ]
    assert {row.fault for row in found} == {None}


def test_an_endless_line_costs_itself(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(lines, "MOST_BYTES", 10)
    found = rows_of(read_texts, tmp_path / "a", b"abc\n" + b"x" * 25 + b"\nlast\n" + b"y" * 10)
    assert [(row.values["text"], row.fault) for row in found] == [
        ("abc", None),
        ("", "line 2 is longer than 10 bytes"),
        ("last", None),
        ("", "line 4 is longer than 10 bytes"),
    ]


def test_a_file_may_be_one_text(tmp_path: Path) -> None:
    (found,) = rows_of(read_whole, tmp_path / "a", "\ufeffone\r\ntwo\n".encode())
    assert found.values == {"text": "one\r\ntwo\n"}


def test_json_lines(tmp_path: Path) -> None:
    data = b'{"text": "Ada", "id": 1}\n\n"plain"\n{"id": 2}\n[1]\n{"text": \n{"text": "\\ud83d"}\n'
    found = rows_of(read_json_lines, tmp_path / "a", data)
    assert [row.values for row in found] == [
        {"text": "Ada", "id": 1},
        {"text": "plain"},
        {"id": 2},
        {"text": None},
        {"text": None},
        {"text": "\ud83d"},
    ]
    faults = [row.fault for row in found]
    assert faults[3] == "line 5 is no object: [1]" and faults[4].startswith("line 6 is no JSON: Expecting value")
    assert faults[:3] + faults[5:] == [None] * 4


def test_json_whose_first_line_has_no_such_key_is_told(tmp_path: Path) -> None:
    with raises_code("B521", match="no column 'body', but text, id. Set `--text-column`"):
        rows_of(read_json_lines, tmp_path / "a", b'{"text": "Ada", "id": 1}\n', "body")
