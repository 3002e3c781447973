"""Rows of tables: CSV and TSV with a header, and Parquet."""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from ...conversion.tables import DELIMITERS, Dialect, is_quoted
from ...errors import Errors
from ..containers import batch_of
from ..needed import needs
from ..rows import Row
from .opened import Opened

MOST_CHARS = 2**26  # of a cell: a quote that is never closed would take all of the file
PARQUET_ROWS = 1000  # read at once
_HEAD_BYTES = 2**13


def read_csv(file: Opened, text: str) -> Iterator[Row]:
    """The delimiter is the one that cuts a column of that name out of the header, or the most columns."""
    first = _head(file).lstrip("\r\n").split("\n", 1)[0].rstrip("\r")
    fitting = (one for one in DELIMITERS if text in next(csv.reader([first], delimiter=one), ()))
    return _read_table(file, text, Dialect(next(fitting, max(DELIMITERS, key=first.count)), quotes=True))


def read_tsv(file: Opened, text: str) -> Iterator[Row]:
    """Quotes are letters of the text, unless the first rows show that they surround values: as `convert` reads it."""
    return _read_table(file, text, Dialect("\t", is_quoted(_head(file), "\t")))


def _head(file: Opened) -> str:
    found = file.head(_HEAD_BYTES).decode("utf-8-sig", "surrogateescape")
    return found[: found.rindex("\n") + 1] if "\n" in found else found


def _read_table(file: Opened, text: str, dialect: Dialect) -> Iterator[Row]:
    """A row that has more or fewer values than the header costs itself.

    RAISES (ValueError): There is no such column, or a cell that never ends.
    """
    file.check_encoding()
    limit_before = csv.field_size_limit(MOST_CHARS)
    lines = io.TextIOWrapper(file.stream, "utf-8-sig", "surrogateescape", newline="")  # type: ignore[type-var]
    given = _Lines(lines, file.place)
    if dialect.quotes:
        reader = csv.reader(given, delimiter=dialect.delimiter)
    else:
        reader = csv.reader(given, delimiter=dialect.delimiter, quoting=csv.QUOTE_NONE)
    header: list[str] | None = None
    try:
        for values in reader:
            given.first = reader.line_num + 1
            if not values:
                continue
            if header is None:
                header = values
                _check(text, header)
                _check_once(file, header)
                continue
            row: dict[str, Any] = {**dict.fromkeys(header), **dict(zip(header, values))}
            fault = f"line {reader.line_num} has {len(values)} values, the header {len(header)}"
            yield Row(row, None if len(values) == len(header) else fault)
    except csv.Error as error:
        place = f"{file.place}, line {reader.line_num}"
        raise ValueError(Errors.B526.format(place=place, reason=str(error))) from error
    finally:
        csv.field_size_limit(limit_before)
        lines.detach()  # else it would close the file


class _Lines:
    """Lines for a reader, which asks for another one within a row only if a quote is open.

    first: Line in which the row begins.
    """

    def __init__(self, lines: Iterable[str], place: str) -> None:
        self._lines, self._place = lines, place
        self.first = 1

    def __iter__(self) -> Iterator[str]:
        number = 0
        for number, line in enumerate(self._lines, 1):
            yield line
        if number >= self.first:
            place = f"{self._place}, line {self.first}"
            raise ValueError(Errors.B526.format(place=place, reason="a quote that begins in this row has no end"))


def read_parquet(file: Opened, text: str) -> Iterator[Row]:
    """RAISES (ValueError): There is no such column, or it is no Parquet. RAISES (ImportError): pyarrow is missing."""
    needs("pyarrow", "parquet", "Parquet files")
    import pyarrow as pa
    from pyarrow import parquet

    try:
        found = parquet.ParquetFile(file.raw)
        _check(text, found.schema_arrow.names)
        n_rows = 0
        for batch in found.iter_batches(PARQUET_ROWS):
            columns = {name: [_decoded(value) for value in batch_of(batch).values(name)] for name in batch.schema.names}
            yield from (Row(dict(zip(columns, values))) for values in zip(*columns.values()))
            n_rows += batch.num_rows
            file.share = n_rows / max(1, found.metadata.num_rows)
    except (pa.ArrowException, OSError) as error:
        raise ValueError(Errors.B526.format(place=file.place, reason=" ".join(str(error).split()))) from error


def _decoded(value: Any) -> Any:
    return value.decode("utf8", "surrogateescape") if isinstance(value, bytes) else value


def _check_once(file: Opened, names: list[str]) -> None:
    twice = next((name for name, number in Counter(names).items() if name and number > 1), None)
    if twice is not None:
        raise ValueError(Errors.B526.format(place=file.place, reason=f"its header has the column {twice!r} twice"))


def _check(text: str, names: list[str]) -> None:
    if text not in names:
        raise ValueError(Errors.B521.format(column=text, found=", ".join(names), setting="--text-column"))
