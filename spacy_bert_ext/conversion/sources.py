"""Files of data as rows, each with its place for messages. What is no row of its format is an error."""

import csv
import gzip
import io
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import Errors
from ..files.gzipped import GZIP_SIGN

GZIP, TABLES = ".gz", {".csv": ",", ".tsv": "\t"}


class Row(NamedTuple):
    """place: File, and line or number of the row."""

    place: str
    values: Mapping[str, Any]


def read_text(path: Path) -> str:
    """Of a UTF-8 file, which may be compressed by gzip, and may begin with a byte order mark.

    RAISES (ValueError): It is something else. RAISES (OSError): It can't be read.
    """
    data = path.read_bytes()
    try:
        return (gzip.decompress(data) if data.startswith(GZIP_SIGN) else data).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        found = f"byte {error.object[error.start]:#04x} is no UTF-8"
        raise ValueError(Errors.B475.format(place=f"{path}, line {line}", reason=found)) from error
    except (EOFError, OSError) as error:  # of gzip
        raise ValueError(Errors.B475.format(place=path, reason=str(error))) from error


def read_json(path: Path) -> Any:
    """What a JSON file holds; of JSON lines a list of `Row`.

    RAISES (ValueError): It is neither.
    """
    text = read_text(path)
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        lines = text.split("\n")
        is_lines = len(lines) > 1 and _is_json(next(filter(str.strip, lines), ""))
        if is_lines:
            return [_read_line(f"{path}, line {i}", line) for i, line in enumerate(lines, 1) if line.strip()]
        line = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "it is nested too deeply"
        raise ValueError(Errors.B475.format(place=f"{path}{line}", reason=f"no JSON: {reason}")) from error


def rows_of(path: Path, found: Any) -> list[Row]:
    """Rows of what `read_json` found: JSON lines, a list of objects, or one object.

    RAISES (ValueError): Something else is there.
    """
    if isinstance(found, list) and found and isinstance(found[0], Row):
        return found
    items = found if isinstance(found, list) else [found]
    if len(items) == 1:
        return [_row(f"{path}, line 1", items[0])]
    return [_row(f"{path}, item {i}", item) for i, item in enumerate(items, 1)]


def read_rows(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """Of JSON lines, CSV or TSV, by the file's ending.

    columns: Whose values are wanted. Numbers, from 1 on, are those of a table without a header.
    RAISES (ValueError): A column that is not there, or a line that has more or fewer values than the header.
    """
    suffix = Path(path.name.removesuffix(GZIP)).suffix.lower()
    if suffix in TABLES:
        return _read_table(path, columns, TABLES[suffix])
    return iter(rows_of(path, read_json(path)))


def _read_table(path: Path, columns: Sequence[str], delimiter: str) -> Iterator[Row]:
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))
    lines = io.StringIO(read_text(path), newline="")
    if delimiter == "\t":  # quotes are letters of the text
        reader = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE, strict=True)
    else:
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
    header: list[str] | None = None
    try:
        for values in reader:
            place = f"{path}, line {reader.line_num}"
            if not values:
                continue
            if header is None:
                is_headless = all(column.isdecimal() for column in columns)
                header = [str(i) for i in range(1, len(values) + 1)] if is_headless else values
                missing = [column for column in columns if column not in header]
                if missing:
                    raise ValueError(Errors.B481.format(place=place, column=missing[0], found=", ".join(header)))
                if not is_headless:
                    continue
            if len(values) != len(header):
                raise ValueError(Errors.B482.format(place=place, found=len(values), expected=len(header)))
            yield Row(place, dict(zip(header, values, strict=True)))
    except csv.Error as error:
        reason = f"no table: {error}"
        raise ValueError(Errors.B475.format(place=f"{path}, line {reader.line_num}", reason=reason)) from error


def value_of(place: str, values: Any, name: str) -> Any:
    """RAISES (ValueError): There is none of that name."""
    if not isinstance(values, Mapping):
        raise ValueError(Errors.B477.format(place=place, found=shown(values), allowed="an object"))
    if name not in values:
        raise ValueError(Errors.B476.format(place=place, name=name, found=", ".join(map(str, values)) or "nothing"))
    return values[name]


def text_of(place: str, values: Any, name: str) -> str:
    """RAISES (ValueError): There is no text of that name."""
    value = value_of(place, values, name)
    if not isinstance(value, str):
        raise ValueError(Errors.B477.format(place=f"{place}, {name!r}", found=shown(value), allowed="a text"))
    return value


def list_of(place: str, values: Any, name: str) -> list[Any]:
    """RAISES (ValueError): There is no list of that name."""
    value = value_of(place, values, name)
    if not isinstance(value, list):
        raise ValueError(Errors.B477.format(place=f"{place}, {name!r}", found=shown(value), allowed="a list"))
    return value


def shown(value: Any) -> str:
    """For messages, on one line that is not too long."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (json.JSONDecodeError, RecursionError):
        return False
    return True


def _read_line(place: str, line: str) -> Row:
    try:
        return _row(place, json.loads(line))
    except (json.JSONDecodeError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "it is nested too deeply"
        raise ValueError(Errors.B475.format(place=place, reason=f"no JSON: {reason}")) from error


def _row(place: str, item: Any) -> Row:
    if not isinstance(item, Mapping):
        raise ValueError(Errors.B477.format(place=place, found=shown(item), allowed="an object"))
    return Row(place, item)
