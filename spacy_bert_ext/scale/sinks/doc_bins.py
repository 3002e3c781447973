"""`.spacy` files: Docs with the input's columns in `doc.user_data`."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from spacy.tokens import Doc, DocBin
from spacy.vocab import Vocab

from ...pipeline.reading import PLAIN, user_data_of
from ..annotate import ERROR
from ..columns import DOC
from ..parts import Parts
from ..texts import readable
from .sink import Sink

MOST_DOCS = 50_000  # of a file: it is read, and written, as a whole


class DocBins(Sink):
    """Of more than `MOST_DOCS` rows the output is a folder of files, which spaCy's corpora read as one.

    A row with an error is an empty Doc; `doc.user_data` says what it was.

    text: Column of the texts. ours: Our columns. prefix: Of their names.
    """

    def __init__(self, text: str, ours: Sequence[str], prefix: str = "") -> None:
        self.text, self.ours = text, tuple(ours)
        self.doc, self.error = prefix + DOC, prefix + ERROR

    def encode(self, rows: Sequence[dict[str, Any]]) -> bytes:
        vocab = Vocab()
        return DocBin(docs=[self._doc(row, vocab) for row in rows], store_user_data=True).to_bytes()

    def finish(self, parts: Parts, output: Path) -> None:
        if parts.n_rows <= MOST_DOCS:
            _merged(parts.chunks()).to_disk(output)
            return
        output.mkdir()
        for i, group in enumerate(_groups(parts), 1):
            _merged(iter(group)).to_disk(output / f"{i:06}.spacy")

    def _doc(self, row: dict[str, Any], vocab: Vocab) -> Doc:
        failed = row[self.doc] is None
        doc = Doc(vocab) if failed else Doc(vocab).from_bytes(row[self.doc])
        left_out = set(self.ours) - {self.error} | (set() if failed else {self.text, self.error})
        for name, value in row.items():
            if name not in left_out and isinstance(value, PLAIN):
                user_data_of(doc)[name] = readable(value) if isinstance(value, str) else value
        return doc


def _merged(chunks: Iterator[bytes]) -> DocBin:
    found = DocBin(store_user_data=True)
    for data in chunks:
        found.merge(DocBin(store_user_data=True).from_bytes(data))
    return found


def _groups(parts: Parts) -> Iterator[list[bytes]]:
    group: list[bytes] = []
    n_docs = 0
    for entry, data in parts.entries_with_data():
        if group and n_docs + entry.rows > MOST_DOCS:
            yield group
            group, n_docs = [], 0
        group.append(data)
        n_docs += entry.rows
    yield group
