"""Chunks that are done are compared with the input, the others are read."""

from pathlib import Path

import pytest

from spacy_bert_ext.scale import rows
from spacy_bert_ext.scale.parts import Entry, Parts
from spacy_bert_ext.scale.pending import Pending
from spacy_bert_ext.scale.sources.source import Source
from tests.coded import raises_code


@pytest.fixture
def pending(texts: Path, tmp_path: Path, monkeypatch) -> Pending:
    """Of four chunks two are done."""
    monkeypatch.setattr(rows, "CHUNK_ROWS", 2)
    source, parts = Source(str(texts), "text"), Parts(tmp_path / "parts")
    for chunk, _ in zip(source.chunks(), range(2)):
        parts.append(b"x", Entry(0, 2, chunk.digest(), 0, {}))
    return Pending(source, parts.folder, 2)


def test_what_is_done_is_left_out(pending: Pending) -> None:
    assert [chunk.number for chunk in pending.chunks()] == [2, 3]
    assert [chunk.number for chunk in Pending(pending.source, None).chunks()] == [0, 1, 2, 3]


def test_an_input_that_is_read_anew_gives_the_same_chunks(pending: Pending) -> None:
    chunk = next(pending.chunks())
    Parts(Path(str(pending.folder))).append(b"x", Entry(0, 2, chunk.digest(), 0, {}))
    assert [chunk.number for chunk in pending.chunks()] == [2, 3]


def test_rows_that_have_changed_are_told(pending: Pending, texts: Path) -> None:
    whole = texts.read_text(encoding="utf8")
    texts.write_text(whole.replace("Ada 2", "Eva 2"), encoding="utf8")
    with raises_code("B529", match="Rows 3 to 4 of"):
        list(pending.chunks())
    texts.write_text(whole[:12], encoding="utf8")
    with raises_code("B529", match="Rows 3 to 4 of"):
        list(pending.chunks())
    texts.write_text(whole + "more\n", encoding="utf8")
    assert sum(len(chunk.rows) for chunk in pending.chunks()) == 4
