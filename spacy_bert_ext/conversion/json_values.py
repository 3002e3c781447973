"""JSON files as a stream of values: JSON lines, the items of a list, or one value. None of them is in memory whole,
but one value."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from ..errors import Errors
from .encodings import open_text, read_lines

_CHUNK = 2**20
# A value that the end of a chunk cuts fails within so many characters of that end: "-Infinity", a number, an escape.
_LONGEST_CUT = 32
_BLANKS = " \t\r\n\ufeff"


class Value(NamedTuple):
    """place: File, and line or number of the value."""

    place: str
    value: Any


def read_values(path: Path, encoding: str | None = None) -> Iterator[Value]:
    """Values of JSON lines, of a list, or the one value of a file.

    RAISES (ValueError): It is none of these, no text, or has another encoding. RAISES (OSError): It can't be read.
    """
    form = _form(path, encoding)
    if form == "lines":
        for number, line in enumerate(read_lines(path, encoding), 1):
            if line.strip(_BLANKS):
                place = f"{path}, line {number}"
                yield Value(place, _parsed(place, line))
    elif form == "list":
        with open_text(path, encoding) as text:
            yield from _Items(path, text)
    else:
        with open_text(path, encoding) as text:
            whole = text.read()
        yield Value(f"{path}, line 1", _parsed(str(path), whole, is_whole=True))


def _form(path: Path, encoding: str | None) -> str:
    """By what begins: "lines", "list" or "whole"."""
    with open_text(path, encoding) as text:
        head = text.read(_CHUNK)
        start = len(head) - len(head.lstrip(_BLANKS))
        is_list = head[start : start + 1] == "["
        end = head.find("\n", start)
        if end < 0 and is_list:
            return "list"
        line, rest = (head[start:end], head[end:]) if end >= 0 else (head[start:] + text.readline(), "")
        if not _is_json(line):
            return "list" if is_list else "whole"
        has_more = bool(rest.strip(_BLANKS)) or any(more.strip(_BLANKS) for more in text)
        return "list" if is_list and not has_more else "lines"


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (json.JSONDecodeError, RecursionError):
        return False
    return True


def _parsed(place: str, text: str, *, is_whole: bool = False) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where = f"{place}, line {error.lineno}" if is_whole else place
        raise ValueError(Errors.B475.format(place=where, reason=f"no JSON: {error.msg}")) from error
    except RecursionError as error:
        raise ValueError(Errors.B475.format(place=place, reason="no JSON: it is nested too deeply")) from error


class _Items:
    """The items of a list, parsed one by one from chunks of its text."""

    def __init__(self, path: Path, file: TextIO) -> None:
        self._path, self._file = path, file
        self._text, self._at = "", 0  # what is read, and how much of it is used
        self._is_ended = False
        self._lines = 1  # before what is read, and 1
        self._decoder = json.JSONDecoder()

    def __iter__(self) -> Iterator[Value]:
        self._next()  # the bracket
        self._at += 1
        number = 0
        if self._next() == "]":
            self._at += 1
        else:
            while True:
                number += 1
                if self._next() == "":
                    raise self._error("no JSON: the list has no end", self._at)
                yield Value(f"{self._path}, item {number}", self._item())
                sign = self._next()
                self._at += 1
                if sign == "]":
                    break
                if sign != ",":
                    raise self._error("no JSON: Expecting ',' delimiter", self._at - 1)
        if self._next():
            raise self._error("no JSON: Extra data", self._at)

    def _next(self) -> str:
        """The character that comes next, blanks left out; "" at the end."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in _BLANKS:
                    return self._text[self._at]
                self._at += 1
            if self._is_ended:
                return ""
            self._read(_CHUNK)

    def _item(self) -> Any:
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                is_cut = error.msg.startswith("Unterminated string") or error.pos > len(self._text) - _LONGEST_CUT
                if self._is_ended or not is_cut:
                    raise self._error(f"no JSON: {error.msg}", error.pos) from error
            except RecursionError as error:
                raise self._error("no JSON: it is nested too deeply", self._at) from error
            else:
                after = self._text[end : end + 1]
                if after in (",", "]", *_BLANKS) or self._is_ended or end <= len(self._text) - _LONGEST_CUT:
                    # Otherwise it may be the beginning of a number, such as the 0 of 0.5.
                    self._at = end
                    return value
            # As much again: each character of a long item is parsed twice or so, not once for each chunk.
            self._read(max(_CHUNK, len(self._text) - self._at))

    def _read(self, size: int) -> None:
        chunk = self._file.read(size)
        self._lines += self._text.count("\n", 0, self._at)
        self._text, self._at = self._text[self._at :] + chunk, 0
        self._is_ended = not chunk

    def _error(self, reason: str, at: int) -> ValueError:
        line = self._lines + self._text.count("\n", 0, at)
        return ValueError(Errors.B475.format(place=f"{self._path}, line {line}", reason=reason))
