"""CSV and Parquet: which columns there are, and of which types, is known when all chunks are."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..columns import Kind
from ..needed import needs
from ..parts import Parts
from ..schemas import arrow_type
from ..texts import readable
from .json_values import json_text
from .sink import Sink
from .streamed import JsonLines

if TYPE_CHECKING:
    import pyarrow as pa


class Csv(Sink):
    """Chunks are JSON lines. Lists and structures are JSON in their cells; what is missing is an empty one."""

    def encode(self, rows: Sequence[dict[str, Any]]) -> bytes:
        return JsonLines().encode(rows)

    def finish(self, parts: Parts, output: Path) -> None:
        columns: dict[str, None] = {}
        for data in parts.chunks():
            for line in data.splitlines():
                columns.update(dict.fromkeys(json.loads(line)))
        with output.open("w", encoding="utf8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            # Readers end a row at "\r", too, and not all versions of Python quote a value that has one.
            careful = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL)
            writer.writerow(columns)
            for data in parts.chunks():
                for line in data.splitlines():
                    row = json.loads(line)
                    cells = [_cell(row.get(name)) for name in columns]
                    has_return = any(isinstance(cell, str) and "\r" in cell for cell in cells)
                    (careful if has_return else writer).writerow(cells)


class Parquet(Sink):
    """Chunks are tables in Arrow's format for streams. A column whose types don't go together becomes texts:
    what is none becomes JSON.

    kinds: Of our columns.
    """

    def __init__(self, kinds: dict[str, Kind]) -> None:
        needs("pyarrow", "parquet", "Parquet files")
        self.kinds = kinds

    def encode(self, rows: Sequence[dict[str, Any]]) -> bytes:
        import pyarrow as pa

        names = dict.fromkeys(name for row in rows for name in row)
        table = pa.table({name: self._array(name, [row.get(name) for row in rows]) for name in names})
        stream = io.BytesIO()
        with pa.ipc.new_stream(stream, table.schema) as writer:
            writer.write_table(table)
        return stream.getvalue()

    def finish(self, parts: Parts, output: Path) -> None:
        import pyarrow as pa
        from pyarrow import parquet

        schema = pa.schema([])
        for data in parts.chunks():
            schema = _united(schema, pa.ipc.open_stream(data).schema)
        with parquet.ParquetWriter(output, schema) as writer:
            for data in parts.chunks():
                table = pa.ipc.open_stream(data).read_all()
                columns = [
                    _as(table[field.name], field.type)
                    if field.name in table.schema.names
                    else pa.nulls(table.num_rows, field.type)
                    for field in schema
                ]
                writer.write_table(pa.table(columns, schema=schema))

    def _array(self, name: str, values: list[Any]) -> "pa.Array":
        import pyarrow as pa

        if name in self.kinds:
            return pa.array(values, arrow_type(self.kinds[name]))
        try:
            return pa.array([readable(value) if isinstance(value, str) else value for value in values])
        except (pa.ArrowException, TypeError, ValueError, OverflowError):
            return pa.array(map(_text, values), pa.string())


def _united(one: "pa.Schema", other: "pa.Schema") -> "pa.Schema":
    """Columns of both. Of two types the wider one, or JSON's texts."""
    import pyarrow as pa

    fields = {field.name: field for field in one}
    for field in other:
        if field.name in fields:
            both = [pa.schema([fields[field.name]]), pa.schema([field])]
            try:
                field = pa.unify_schemas(both, promote_options="permissive")[0]
            except pa.ArrowException:
                field = pa.field(field.name, pa.string())
        fields[field.name] = field
    return pa.schema(list(fields.values()))


def _as(column: "pa.ChunkedArray", wanted: "pa.DataType") -> "pa.ChunkedArray":
    import pyarrow as pa

    if column.type == wanted:
        return column
    if pa.types.is_string(wanted):
        return pa.chunked_array([list(map(_text, column.to_pylist()))], wanted)
    return column.cast(wanted)


def _text(value: Any) -> str | None:
    """Texts stay as they are, so that a column reads the same wherever its chunks end."""
    return value if value is None else readable(value) if isinstance(value, str) else json_text(value)


def _cell(value: Any) -> Any:
    return json_text(value) if isinstance(value, (list, dict)) else value
