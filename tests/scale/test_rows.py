"""Rows are cut into the same chunks, whatever reads them."""

from spacy_bert_ext.scale import rows
from spacy_bert_ext.scale.rows import Chunk, Progress, Row, cut


def row(text: object) -> Row:
    return Row({"text": text})


def test_a_chunk_ends_with_the_row_that_fills_it(monkeypatch) -> None:
    monkeypatch.setattr(rows, "CHUNK_ROWS", 3)
    monkeypatch.setattr(rows, "CHUNK_CHARS", 10)
    given = [row(text) for text in ("a", None, "b", "x" * 10, "c", "d" * 9, "e")]
    found = list(cut(given, Progress(), "text"))
    assert [len(chunk.rows) for chunk in found] == [3, 1, 2, 1] and [chunk.number for chunk in found] == [0, 1, 2, 3]
    assert [one for chunk in found for one in chunk.rows] == given
    assert list(cut([], Progress(), "text")) == []


def test_a_chunk_knows_how_much_was_read(monkeypatch) -> None:
    monkeypatch.setattr(rows, "CHUNK_ROWS", 2)
    progress = Progress()

    def reading():
        for i in range(3):
            progress.read = 10 * i
            yield row("a")

    assert [chunk.read for chunk in cut(reading(), progress, "text")] == [10, 20]


def test_digests_tell_rows_apart() -> None:
    one, other = Chunk(0, [row("a"), row("b\udcff")], 5), Chunk(1, [row("a"), row("b\udcff")], 9)
    assert one.digest() == other.digest() != Chunk(0, [row("a"), row("b")], 5).digest()
    assert Chunk(0, [Row({"text": None}, "line 1")], 0).digest() != Chunk(0, [row(None)], 0).digest()
