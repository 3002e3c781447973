"""Files of the tests, read."""

from pathlib import Path

from spacy_bert_ext.scale.rows import Row
from spacy_bert_ext.scale.sources.opened import opened
from spacy_bert_ext.scale.sources.source import Read


def rows_of(read: Read, path: Path, data: bytes, text: str = "text") -> list[Row]:
    path.write_bytes(data)
    with opened(path) as file:
        return list(read(file, text))
