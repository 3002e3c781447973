"""Rows of an input, and the chunks that they are annotated in."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

# A chunk ends with the row that fills it. The same rows always make the same chunks: scores may differ in their last
# digits with the texts that are computed together.
CHUNK_ROWS, CHUNK_CHARS = 2_000, 400_000

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Row(NamedTuple):
    """values: By column. fault: Why it is no row; None if it is one.

    words, spaces: Tokens of the text, where the input has some. given: What it gives to Docs, by extension.
    """

    values: dict[str, Any]
    fault: str | None = None
    words: Sequence[str] | None = None
    spaces: Sequence[bool] | None = None
    given: dict[str, Any] | None = None


class Chunk(NamedTuple):
    """number: From 0 on. read: How much of the input was read with its last row, see `Source.total`."""

    number: int
    rows: list[Row]
    read: int

    def digest(self) -> str:
        """The same for the same rows."""
        found = hashlib.sha256()
        for row in self.rows:
            found.update(repr(tuple(row)).encode("utf8", "surrogatepass"))
        return found.hexdigest()


class Progress:
    """read: How much of an input was read."""

    def __init__(self) -> None:
        self.read = 0


def cut(rows: Iterable[Row], progress: Progress, text: str) -> Iterator[Chunk]:
    """text: Column of the texts."""
    waiting: list[Row] = []
    number = n_chars = 0
    for row in rows:
        waiting.append(row)
        value = row.values.get(text)
        n_chars += len(value) if isinstance(value, (str, bytes)) else 0
        if len(waiting) >= CHUNK_ROWS or n_chars >= CHUNK_CHARS:
            yield Chunk(number, waiting, progress.read)
            number, n_chars, waiting = number + 1, 0, []
    if waiting:
        yield Chunk(number, waiting, progress.read)
