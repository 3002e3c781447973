"""Tables: CSV and TSV. A row is a text with its labels or spans, or one span of a text."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from ...errors import Errors
from ..findings import Findings
from ..records import Record
from ..sources import shown
from ..tables import TableRow, dialect_of, head_rows, is_table, read_table
from .csv_columns import CATEGORY, SCORES, Columns, columns_of
from .fields import checked_text, chosen, decided, fields_out, labels_in, named, score_table
from .options import Format, ReadOptions, WriteOptions
from .spans import FoundSpan, MarkReader, found_span, whole_number

BETWEEN_LABELS = "|"
_MOST_SEEN = 10_000  # labels that are looked through for joined ones
_YES, _NO = ("1", "1.0", "true", "yes", "x"), ("", "0", "0.0", "false", "no")


class _Table(NamedTuple):
    path: Path
    columns: Columns
    options: ReadOptions
    findings: Findings


def recognises(path: Path, head: bytes) -> bool:
    return is_table(path) and bool(head.strip())


def read(path: Path, options: ReadOptions, findings: Findings) -> Iterator[Record]:
    """Records of rows; of rows with a span each, those of one text that follow each other make one Record."""
    dialect = dialect_of(path, options.encoding, delimiter=options.delimiter, quotes=options.quotes)
    first = head_rows(path, dialect, options.encoding)
    if not first:
        return
    table = _Table(path, columns_of(path, first, options), options, findings)
    if table.columns.is_guessed:
        findings.tell(_guess(table.columns))
    rows = _data_rows(table, read_table(path, dialect, options.encoding))
    labels: set[str] = set()
    if table.columns.start is None:
        for row in rows:
            yield _record(table, row, labels)
    else:
        for _, group in groupby(rows, key=lambda row: _texts(table, row)):
            yield _grouped(table, list(group))
    _tell_joined(labels, findings)


def _data_rows(table: _Table, rows: Iterator[TableRow]) -> Iterator[TableRow]:
    """Without the header. RAISES (ValueError): One has more or fewer values than the first."""
    n_columns = len(table.columns.names)
    if table.columns.has_header:
        next(rows)
    for line, values in rows:
        if len(values) < n_columns or any(value.strip() for value in values[n_columns:]):
            place = f"{table.path}, line {line}"
            raise ValueError(Errors.B482.format(place=place, found=len(values), expected=n_columns))
        yield TableRow(line, values[:n_columns])


def _record(table: _Table, row: TableRow, seen: set[str]) -> Record:
    place = f"{table.path}, line {row.line}"
    text = checked_text(place, row.values[table.columns.text])
    spans = _cell(row, table.columns.spans).strip()
    marks = None
    if spans:
        marks = MarkReader(place, text, table.options, table.findings).read(_spans(place, spans))
    return Record(
        place,
        text,
        marks=marks,
        cats=_cats(table, place, row, seen),
        document=_cell(row, table.columns.document) or None,
        fields=_fields(table, row),
    )


def _grouped(table: _Table, rows: list[TableRow]) -> Record:
    """Of rows with a span each. One without a start says that there is none."""
    place = f"{table.path}, line {rows[0].line}"
    text = checked_text(place, rows[0].values[table.columns.text])
    column = table.columns.labels[0] if table.columns.labels else None
    spans = [
        FoundSpan(_number(_cell(row, table.columns.start)), _number(_cell(row, table.columns.end)), _cell(row, column))
        for row in rows
        if _cell(row, table.columns.start).strip()
    ]
    marks = MarkReader(place, text, table.options, table.findings).read(spans)
    document = _cell(rows[0], table.columns.document) or None
    return Record(place, text, marks=marks, document=document, fields=_fields(table, rows[0]))


def _texts(table: _Table, row: TableRow) -> tuple[str, ...]:
    columns = (table.columns.text, table.columns.document, table.columns.id)
    return tuple(_cell(row, column) for column in columns)


def _cats(table: _Table, place: str, row: TableRow, seen: set[str]) -> dict[str, float] | None:
    columns, options = table.columns, table.options
    if columns.are_categories:
        return {columns.names[i].removeprefix(CATEGORY): _yes(place, row, i) for i in columns.labels}
    scores = _cell(row, columns.scores).strip()
    known = score_table(place, _json(place, scores)) if scores else None
    if not columns.labels:
        return known
    separator = options.labels_separator or (BETWEEN_LABELS if columns.several else None)
    cell = _cell(row, columns.labels[0]).strip()
    if known is not None and cell == label_cell(known, exclusive=not columns.several):
        return decided(known, chosen(known, exclusive=not columns.several), table.findings)
    labels = [named(label, options) for label in labels_in(cell, separator)]
    if not labels and known is None and columns.scores is not None:
        return None  # in our own tables: nobody has said
    if separator is None and len(seen) < _MOST_SEEN:
        seen.update(labels)
    if not labels and separator is None and known is None:
        table.findings.count("rows without a label")
        return None
    return decided(known or {}, labels, table.findings)


def label_cell(cats: Mapping[str, float], *, exclusive: bool) -> str:
    return BETWEEN_LABELS.join(chosen(cats, exclusive=exclusive))


def _yes(place: str, row: TableRow, column: int) -> float:
    value = row.values[column].strip().lower()
    if value in _YES:
        return 1.0
    if value in _NO:
        return 0.0
    try:
        score = float(value)
    except ValueError:
        score = -1.0
    if not 0 <= score <= 1:
        where = f"{place}, column {column + 1}"
        raise ValueError(Errors.B477.format(place=where, found=shown(value), allowed="1 or 0 for a category"))
    return score


def _spans(place: str, cell: str) -> list[FoundSpan]:
    found = _json(place, cell)
    spans = [found_span(value) for value in found] if isinstance(found, list) else [None]
    if None in spans:
        allowed = 'a list of spans such as {"start": 0, "end": 3, "label": "PER"}'
        raise ValueError(Errors.B477.format(place=place, found=shown(cell), allowed=allowed))
    return [span for span in spans if span is not None]


def _json(place: str, cell: str) -> Any:
    try:
        return json.loads(cell)
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError(Errors.B477.format(place=place, found=shown(cell), allowed="JSON")) from error


def _fields(table: _Table, row: TableRow) -> dict[str, Any]:
    columns = table.columns
    fields = {name: row.values[i] for i, name in enumerate(columns.names) if name and i not in columns.used}
    if columns.id is not None:
        fields["id"] = row.values[columns.id]
    return fields


def _number(cell: str) -> Any:
    number = whole_number(cell)
    return cell if number is None else number


def _cell(row: TableRow, column: int | None) -> str:
    return "" if column is None else row.values[column]


def _guess(columns: Columns) -> str:
    labels = f", column {columns.labels[0] + 1} as the label" if columns.labels else ""
    option = f"text={columns.text + 1}" + (f",label={columns.labels[0] + 1}" if columns.labels else "")
    found = f"The table has no header with known names: column {columns.text + 1} is read as the text{labels}"
    return f"{found}, as with `--columns {option}`."


def _tell_joined(labels: set[str], findings: Findings) -> None:
    """Labels that look like several."""
    for separator in ",|;#":
        joined = next((one for one in sorted(labels) if separator in one and set(one.split(separator)) <= labels), None)
        if joined is not None:
            option = f"`--labels-separator '{separator}'`"
            findings.tell(f"The label {joined!r} is made of other labels: {option} splits it.")


def write(records: Iterable[Record], path: Path, options: WriteOptions, findings: Findings) -> None:
    """Columns text, label (labels, where there may be several), scores, spans, document, and fields of the first."""
    label = "label" if options.exclusive else "labels"
    own = ("text", label, SCORES, "spans", "document")
    with path.open("w", encoding="utf8", newline="") as file:
        if options.delimiter == "\t":
            writer = csv.writer(file, delimiter="\t", quoting=csv.QUOTE_ALL)
        else:
            writer = csv.writer(file, delimiter=options.delimiter)
        names: list[str] | None = None
        for record in records:
            fields = fields_out(record.fields, (*own, "label", "labels"), findings)
            if names is None:
                names = list(fields)
                writer.writerow([*own, *names])
            if set(fields) - set(names):
                findings.count("fields left out", len(set(fields) - set(names)))
            spans = None if record.marks is None else [_span(mark._asdict()) for mark in record.marks]
            cats = record.cats
            cells = (
                record.text,
                "" if cats is None else label_cell(cats, exclusive=options.exclusive),
                "" if cats is None else _dumped(dict(cats)),
                "" if spans is None else _dumped(spans),
                record.document or "",
                *(_shown_field(fields.get(name)) for name in names),
            )
            writer.writerow(cells)


def _span(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _shown_field(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else _dumped(value)


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


FORMAT = Format("csv", recognises, read, write, ending=".csv")
