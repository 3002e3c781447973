"""Batches as engines hand them over: pandas' DataFrames, Arrow's tables and record batches, arrays by name."""

import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import Errors
from .columns import Kind
from .schemas import arrow_type


class Batch(ABC):
    """Rows of one of these forms, which are not changed."""

    @abstractmethod
    def names(self) -> list[str]:
        """Of its columns."""

    @abstractmethod
    def values(self, name: str) -> list[Any]:
        """Of one column that is there, as Python's values."""

    @abstractmethod
    def with_columns(self, columns: Mapping[str, list[Any]], kinds: Mapping[str, Kind]) -> Any:
        """The same form with more columns, which take the place of those of the same name."""

    def read(self, name: str, setting: str) -> list[Any]:
        """RAISES (ValueError): There is no such column."""
        if name not in self.names():
            raise ValueError(Errors.B521.format(column=name, found=", ".join(self.names()), setting=setting))
        return self.values(name)


class _Frame(Batch):
    def __init__(self, frame: Any) -> None:
        self._frame = frame

    def names(self) -> list[str]:
        return [str(name) for name in self._frame.columns]

    def values(self, name: str) -> list[Any]:
        found: list[Any] = self._frame[name].tolist()
        return found

    def with_columns(self, columns: Mapping[str, list[Any]], kinds: Mapping[str, Kind]) -> Any:
        import pandas

        index = self._frame.index
        series = {name: pandas.Series(_objects(of), index, dtype=object) for name, of in columns.items()}
        return self._frame.assign(**series)


class _Arrays(Batch):
    def __init__(self, arrays: Mapping[str, Any]) -> None:
        self._arrays = arrays

    def names(self) -> list[str]:
        return list(self._arrays)

    def values(self, name: str) -> list[Any]:
        values = self._arrays[name]
        found: list[Any] = values.tolist() if isinstance(values, np.ndarray) else list(values)
        return found

    def with_columns(self, columns: Mapping[str, list[Any]], kinds: Mapping[str, Kind]) -> Any:
        return {**self._arrays, **{name: _objects(values) for name, values in columns.items()}}


class _Table(Batch):
    def __init__(self, table: Any) -> None:
        self._table = table

    def names(self) -> list[str]:
        return list(self._table.schema.names)

    def values(self, name: str) -> list[Any]:
        import pyarrow as pa

        column = self._table.column(name)
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            column = column.cast(pa.large_binary())  # Arrow would decode all of them, or none
        found: list[Any] = column.to_pylist()
        return found

    def with_columns(self, columns: Mapping[str, list[Any]], kinds: Mapping[str, Kind]) -> Any:
        import pyarrow as pa

        arrays = dict(zip(self.names(), self._table.columns))
        fields = {field.name: field for field in self._table.schema}
        for name, values in columns.items():
            fields[name] = pa.field(name, arrow_type(kinds[name]))
            arrays[name] = pa.array(values, type=fields[name].type)
        schema = pa.schema(list(fields.values()), metadata=self._table.schema.metadata)
        return type(self._table).from_arrays(list(arrays.values()), schema=schema)


def batch_of(found: Any) -> Batch:
    """RAISES (TypeError): It is none of these forms."""
    pandas, pyarrow = sys.modules.get("pandas"), sys.modules.get("pyarrow")
    if pandas is not None and isinstance(found, pandas.DataFrame):
        return _Frame(found)
    if pyarrow is not None and isinstance(found, (pyarrow.Table, pyarrow.RecordBatch)):
        return _Table(found)
    if isinstance(found, Mapping):
        return _Arrays(found)
    raise TypeError(Errors.B523.format(found=type(found).__name__))


def _objects(values: Sequence[Any]) -> np.ndarray:
    """An array of Python's values: numpy would make arrays with more axes of lists of one length."""
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found
