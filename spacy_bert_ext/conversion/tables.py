"""Rows of delimited text: CSV, TSV and what spreadsheets write for them."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from ..errors import Errors
from .encodings import open_text

ENDINGS = (".csv", ".tsv", ".tab")
DELIMITERS = ",;\t|"
_HEAD_CHARACTERS = 2**18
_HEAD_ROWS = 200
# A quote without an end makes one value of the rest of the file: so much of it is read, and then told.
_LONGEST_VALUE = 2**24
_BLANKS = " \t\r\n"


class TableRow(NamedTuple):
    """line: In which it begins, from 1 on."""

    line: int
    values: list[str]


class Dialect(NamedTuple):
    """quotes: Whether they surround values. Otherwise they are letters of the text."""

    delimiter: str
    quotes: bool


def is_table(path: Path) -> bool:
    """By its name, which may end in .gz, too."""
    return _ending(path) in ENDINGS


def read_table(path: Path, dialect: Dialect, encoding: str | None = None) -> Iterator[TableRow]:
    """Rows that have any value.

    RAISES (ValueError): It is no such table, no text, or has another encoding. RAISES (OSError): It can't be read.
    """
    with open_text(path, encoding) as text:
        yield from _rows(path, text, dialect)


def dialect_of(path: Path, encoding: str | None, *, delimiter: str | None, quotes: bool | None) -> Dialect:
    """Of its first rows, where it is not given.

    The delimiter is the one that cuts most rows into equally many values, more than one. In TSV, quotes are letters,
    unless all values of the first row stand in quotes, or no other reading makes rows of equal length.
    """
    with open_text(path, encoding) as text:
        head = text.read(_HEAD_CHARACTERS)
    if len(head) == _HEAD_CHARACTERS and "\n" in head:
        head = head[: head.rindex("\n") + 1]
    if delimiter is None:
        allowed = "\t" if _ending(path) in (".tsv", ".tab") and "\t" in head else DELIMITERS
        delimiter = max(allowed, key=lambda one: _fit(head, Dialect(one, quotes is not False and one != "\t")))
    if quotes is None:
        quotes = delimiter != "\t" or is_quoted(head, delimiter)
    return Dialect(delimiter, quotes)


def head_rows(path: Path, dialect: Dialect, encoding: str | None) -> list[list[str]]:
    """The first rows, as far as they can be read."""
    found: list[list[str]] = []
    try:
        for row in read_table(path, dialect, encoding):
            found.append(row.values)
            if len(found) == _HEAD_ROWS:
                break
    except ValueError:
        if not found:
            raise
    return found


def _rows(path: Path, text: Iterable[str], dialect: Dialect) -> Iterator[TableRow]:
    csv.field_size_limit(_LONGEST_VALUE)
    if dialect.quotes:
        reader = csv.reader(text, delimiter=dialect.delimiter, strict=True)
    else:
        reader = csv.reader(text, delimiter=dialect.delimiter, quoting=csv.QUOTE_NONE, strict=True)
    line = 1
    try:
        for values in reader:
            if any(value.strip(_BLANKS) for value in values):
                yield TableRow(line, values)
            line = reader.line_num + 1
    except csv.Error as error:
        reason = f"no table: {error}, in the row that begins here"
        raise ValueError(Errors.B475.format(place=f"{path}, line {line}", reason=reason)) from error


def _fit(head: str, dialect: Dialect) -> tuple[float, int]:
    """Share of rows with the most frequent number of values, and this number; nothing where it is 1."""
    numbers: Counter[int] = Counter()
    try:
        for row in _rows(Path(), io.StringIO(head, newline=""), dialect):
            numbers[len(row.values)] += 1
    except ValueError:  # the head may end within quotes
        numbers[0] += 1
    if not numbers:
        return 0.0, 0
    number, n_rows = max(numbers.items(), key=lambda item: (item[1], item[0]))
    return (n_rows / numbers.total(), number) if number > 1 else (0.0, 0)


def is_quoted(head: str, delimiter: str) -> bool:
    """Whether quotes surround values in the first rows of a TSV file; else they are letters."""
    first = head.lstrip("\r\n").split("\n", 1)[0].rstrip("\r").split(delimiter)
    if all(len(value) >= 2 and value[0] == value[-1] == '"' for value in first):
        return True
    as_letters, as_quotes = (_fit(head, Dialect(delimiter, quotes))[0] for quotes in (False, True))
    return as_letters < 1 and as_quotes == 1


def _ending(path: Path) -> str:
    return Path(path.name.lower().removesuffix(".gz")).suffix
