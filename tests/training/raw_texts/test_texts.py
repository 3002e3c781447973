"""Texts of each kind of file."""

import gzip
import json
from pathlib import Path

import pytest
import spacy
from spacy.tokens import Doc, DocBin

from spacy_bert_ext.training.raw_texts.texts import PART_LENGTH, read_texts
from tests.coded import raises_code


def texts_of(path: Path, data: bytes | str, **settings) -> list[tuple[str | Doc, bool]]:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return [tuple(text) for text in read_texts(path, **{"text_per": "line", "text_key": "text", **settings})]


def test_a_line_or_a_paragraph_is_a_text(tmp_path: Path) -> None:
    data = "\na b\nc\r\n \t \n\n\nd\n"
    assert texts_of(tmp_path / "x.txt", data) == [("a b", True), ("c", True), ("d", True)]
    assert texts_of(tmp_path / "x", data, text_per="paragraph") == [("a b c", True), ("d", True)]


def test_objects_have_a_text_by_its_name(tmp_path: Path) -> None:
    data = '{"text": "a\\nb", "n": 1}\n\n{"text": " "}\n{"text": "c"}'
    assert texts_of(tmp_path / "x.jsonl", data) == [("a\nb", True), ("c", True)]
    assert texts_of(tmp_path / "x.json.gz", gzip.compress(b'{"body": "a"}\n', mtime=0), text_key="body") == [
        ("a", True)
    ]


@pytest.mark.parametrize("ending", [".txt", ".jsonl"])
@pytest.mark.parametrize("text_per", ["line", "paragraph"])
def test_long_texts_come_in_parts(tmp_path: Path, ending: str, text_per: str) -> None:
    words = "one two three " * 20_000
    data = f"{words}\n\nnext" if ending == ".txt" else "\n".join(json.dumps({"text": t}) for t in (words, "next"))
    found = texts_of(tmp_path / f"x{ending}", data, text_per=text_per)
    assert "".join(text for text, _ in found[:-1]) == words
    assert len(found) >= 3
    assert [begins for _, begins in found] == [True, *[False] * (len(found) - 2), True]
    assert found[-1] == ("next", True)
    assert max(len(text) for text, _ in found) <= 2 * PART_LENGTH


def test_a_paragraph_without_end_comes_in_parts(tmp_path: Path) -> None:
    found = texts_of(tmp_path / "x", "a few words\n" * 30_000, text_per="paragraph")
    assert [begins for _, begins in found] == [True, False, False]
    assert " ".join(text for text, _ in found) == " ".join(["a few words"] * 30_000)


def test_docs_keep_their_tokens(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    docs = [Doc(nlp.vocab, words=["a.b", "c"]), Doc(nlp.vocab), Doc(nlp.vocab, words=["\n"]), nlp("d")]
    data = DocBin(docs=docs).to_bytes()
    for packed in (data, gzip.compress(data, mtime=0)):
        found = texts_of(tmp_path / "x.spacy", packed)
        assert [[token.text for token in text] for text, _ in found] == [["a.b", "c"], ["d"]]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"text": ', "no JSON: Expecting value"),
        ("[" * 100_000, "nested too deeply"),
        ('["a"]', "a list, no object"),
        ('{"body": "a", "n": 1}', "there is no 'text', only 'body', 'n'"),
        ("{}", "there is no 'text', only nothing"),
        ('{"text": 3}', "'text' is a int, no text"),
        ('{"text": null}', "'text' is a NoneType, no text"),
    ],
)
def test_lines_that_have_no_text_are_told(tmp_path: Path, line: str, message: str) -> None:
    with raises_code("B404", match=rf"x\.jsonl, line 2: .*{message}.*`text_key`"):
        texts_of(tmp_path / "x.jsonl", '{"text": "a"}\n' + line + "\n")


@pytest.mark.parametrize("data", [b"", b"some text\n", gzip.compress(b"some text", mtime=0), DocBin().to_bytes()[:-4]])
def test_what_is_no_doc_bin_is_told(tmp_path: Path, data: bytes) -> None:
    with raises_code("B403", match=r"x\.spacy: no Docs of spaCy"):
        texts_of(tmp_path / "x.spacy", data)
