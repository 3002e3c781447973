"""Which files an input has, of which kinds."""

import gzip
import io
import sys
from pathlib import Path
from types import SimpleNamespace

from spacy_bert_ext.scale.rows import Row
from spacy_bert_ext.scale.sources.source import Source
from tests.coded import raises_code


def rows(source: Source) -> list[Row]:
    source.check()
    return [row for chunk in source.chunks() for row in chunk.rows]


def texts_of(source: Source) -> list[str]:
    return [row.values["text"] for row in rows(source)]


def test_files_by_their_endings(tmp_path: Path) -> None:
    (tmp_path / "A.TXT").write_text("one\ntwo", encoding="utf8")
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(b'{"text": "three"}'))
    (tmp_path / "c.csv").write_text("text\nfour\n", encoding="utf8")
    assert texts_of(Source(str(tmp_path / "A.TXT"), "text")) == ["one", "two"]
    assert texts_of(Source(str(tmp_path / "A.TXT"), "text", "file")) == ["one\ntwo"]
    assert texts_of(Source(str(tmp_path / "b.jsonl.gz"), "text")) == ["three"]
    assert texts_of(Source(str(tmp_path / "c.csv"), "text", "txt")) == ["text", "four"]


def test_a_folder_has_a_text_in_each_file(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name, text in {"b/one.txt": "a\nb", "a.txt": "c\n", "notes.pdf": "x", ".hidden.txt": "x"}.items():
        (tmp_path / name).write_text(text, encoding="utf8")
    (tmp_path / "z.jsonl").write_text('{"text": "d"}\n', encoding="utf8")
    source = Source(str(tmp_path), "text")
    expected = [{"file": "a.txt", "text": "c\n"}, {"file": "b/one.txt", "text": "a\nb"}, {"text": "d"}]
    assert [row.values for row in rows(source)] == expected
    assert source.total() == 4 + 3 - 2 + 14
    (chunk,) = source.chunks()
    assert chunk.read == source.total()
    assert texts_of(Source(str(tmp_path), "text", "txt")) == ["c", "a", "b"]
    assert texts_of(Source(str(tmp_path), "text", "jsonl")) == ["d"]


def test_standard_input_is_texts_or_json(monkeypatch) -> None:
    for data, kind, expected in (
        (b"one\n{two\n", None, ["one", "{two"]),
        (b'{"text": "one"}\n', None, ["one"]),
        (b"text\none\n", "csv", ["one"]),
    ):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
        source = Source("-", "text", kind)
        assert texts_of(source) == expected and source.total() is None


def test_what_can_not_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").touch()
    with raises_code("B525", match="its ending is '.pdf'"):
        Source(str(tmp_path / "a.pdf"), "text").check()
    with raises_code("B525", match="it has no such files"):
        Source(str(tmp_path), "text").check()
    with raises_code("B526", match="nowhere: there is no such file or folder"):
        Source("nowhere", "text").check()
    with raises_code("B010", match="'pdf' for `--from`"):
        Source(str(tmp_path), "text", "pdf").check()
    with raises_code("B010", match="'parquet' for `--from`. Allowed: txt, jsonl, csv, tsv"):
        Source("-", "text", "parquet").check()
