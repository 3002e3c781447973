"""Files of data as rows, each with its place for messages. What is no row of its format is an error."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import Errors
from .json_values import Value, read_values
from .tables import dialect_of, is_table, read_table


class Row(NamedTuple):
    """place: File, and line or number of the row."""

    place: str
    values: Mapping[str, Any]


def read_objects(path: Path) -> Iterator[Row]:
    """Rows of JSON lines, of a list of objects, or of one object, one after the other.

    RAISES (ValueError): Something else is there. RAISES (OSError): It can't be read.
    """
    return map(row_of, read_values(path))


def row_of(found: Value) -> Row:
    """RAISES (ValueError): It is no object."""
    if not isinstance(found.value, Mapping):
        raise ValueError(Errors.B477.format(place=found.place, found=shown(found.value), allowed="an object"))
    return Row(found.place, found.value)


def read_rows(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """Of JSON lines, CSV or TSV, by the file's ending. Delimiter and quotes are told from the first rows.

    columns: Whose values are wanted. Numbers, from 1 on, are those of a table without a header.
    RAISES (ValueError): A column that is not there, or a line that has more or fewer values than the header.
    """
    return _read_table(path, columns) if is_table(path) else read_objects(path)


def _read_table(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    header: list[str] | None = None
    for line, values in read_table(path, dialect_of(path, None, delimiter=None, quotes=None)):
        place = f"{path}, line {line}"
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
