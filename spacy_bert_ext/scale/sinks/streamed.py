"""JSON lines and CoNLL files: their chunks behind each other are the output."""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from spacy.tokens import Doc
from spacy.vocab import Vocab

from ...conversion.findings import Findings
from ...conversion.formats.conll_writing import write
from ...conversion.formats.options import WriteOptions
from ...conversion.records import Mark, Record, Words
from ..annotate import ERROR
from ..columns import DOC
from ..parts import Parts
from ..texts import readable
from .json_values import json_line
from .sink import Sink


class StreamedSink(Sink):
    """Whose chunks behind each other are the output."""

    def finish(self, parts: Parts, output: Path) -> None:
        parts.rename_data(output)


class JsonLines(StreamedSink):
    def encode(self, rows: Sequence[dict[str, Any]]) -> bytes:
        return b"".join(map(json_line, rows))


class Conll(StreamedSink):
    """Entities in IOB2; a row with an error is a text without words, and a comment.

    text: Column of the texts. prefix: Of our columns.
    """

    def __init__(self, text: str, prefix: str = "") -> None:
        self.text, self.doc, self.error = text, prefix + DOC, prefix + ERROR

    def encode(self, rows: Sequence[dict[str, Any]]) -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "chunk.conll"
            write(self._records(rows), file, WriteOptions(), Findings())
            return file.read_bytes()

    def _records(self, rows: Sequence[dict[str, Any]]) -> Iterator[Record]:
        vocab = Vocab()
        for row in rows:
            if row[self.error] is not None:
                text = row.get(self.text)
                yield Record(
                    "",
                    readable(text) if isinstance(text, str) else "",
                    words=Words((), ()),
                    fields={ERROR: row[self.error]},
                )
                continue
            doc = Doc(vocab).from_bytes(row[self.doc])
            words = Words(tuple(token.text for token in doc), tuple(bool(token.whitespace_) for token in doc))
            marks = tuple(Mark(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents)
            yield Record("", doc.text, marks, words=words)
