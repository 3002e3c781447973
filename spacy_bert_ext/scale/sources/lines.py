"""Rows of files of lines: texts, or JSON. A line that is wrong costs itself."""

import json
from collections.abc import Iterator
from typing import NamedTuple

from ...errors import Errors
from ..rows import Row
from .opened import Opened

MOST_BYTES = 2**26  # of a line
_MARK = b"\xef\xbb\xbf"  # UTF-8's byte order mark


class Line(NamedTuple):
    number: int
    text: str
    fault: str | None


def read_lines(file: Opened) -> Iterator[Line]:
    """Decoded so that a byte that is no UTF-8 becomes a character by which it is known, see `texts.py`.

    RAISES (ValueError): It is UTF-16.
    """
    file.check_encoding()
    number = 0
    while line := file.stream.readline(MOST_BYTES):
        number += 1
        fault = None
        if len(line) == MOST_BYTES and not line.endswith(b"\n"):
            fault, line = f"line {number} is longer than {MOST_BYTES:,} bytes", b""
            while (rest := file.stream.readline(MOST_BYTES)) and not rest.endswith(b"\n"):
                pass
        if number == 1:
            line = line.removeprefix(_MARK)
        yield Line(number, line.rstrip(b"\r\n").decode("utf8", "surrogateescape"), fault)


def read_texts(file: Opened, text: str) -> Iterator[Row]:
    """A text in each line, also in an empty one."""
    for line in read_lines(file):
        yield Row({text: line.text}, line.fault)


def read_whole(file: Opened, text: str) -> Iterator[Row]:
    """All of a file is one text."""
    file.check_encoding()
    yield Row({text: file.stream.read().removeprefix(_MARK).decode("utf8", "surrogateescape")})


def read_json_lines(file: Opened, text: str) -> Iterator[Row]:
    """An object in each line, or a text in quotes. Empty lines are none.

    RAISES (ValueError): The first one has no such key.
    """
    is_first = True
    for line in read_lines(file):
        if not line.text.strip() and line.fault is None:
            continue
        row = _row(line, text)
        if is_first and row.fault is None and text not in row.values:
            found = ", ".join(row.values)
            raise ValueError(Errors.B521.format(column=text, found=found, setting="--text-column"))
        is_first = False
        yield row


def _row(line: Line, text: str) -> Row:
    fault = line.fault
    if fault is None:
        try:
            found = json.loads(line.text)
            if isinstance(found, dict):
                return Row(found)
            if isinstance(found, str):
                return Row({text: found})
            fault = f"line {line.number} is no object: {line.text[:40]}"
        except (ValueError, RecursionError) as error:
            fault = f"line {line.number} is no JSON: {error}"
    return Row({text: None}, fault)
