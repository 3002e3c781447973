"""The types of our columns in Arrow and in Spark."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .columns import BYTES, INTEGER, NUMBER, TEXT, Kind

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql.types import DataType, StructType


def arrow_type(kind: Kind) -> "pa.DataType":
    import pyarrow as pa

    if isinstance(kind, Mapping):
        return pa.list_(pa.struct([(name, arrow_type(of)) for name, of in kind.items()]))
    return {INTEGER: pa.int32(), TEXT: pa.string(), NUMBER: pa.float64(), BYTES: pa.binary()}[kind]


def arrow_schema(kinds: Mapping[str, Kind], given: "pa.Schema | None") -> "pa.Schema":
    """given: Of the columns that are there; ours come behind them, or in the place of one of that name."""
    import pyarrow as pa

    fields = {} if given is None else {field.name: field for field in given}
    fields.update({name: pa.field(name, arrow_type(kind)) for name, kind in kinds.items()})
    return pa.schema(list(fields.values()))


def spark_type(kind: Kind) -> "DataType":
    from pyspark.sql import types

    if isinstance(kind, Mapping):
        fields = [types.StructField(name, spark_type(of)) for name, of in kind.items()]
        return types.ArrayType(types.StructType(fields))
    found: DataType = {
        INTEGER: types.IntegerType(),
        TEXT: types.StringType(),
        NUMBER: types.DoubleType(),
        BYTES: types.BinaryType(),
    }[kind]
    return found


def spark_schema(kinds: Mapping[str, Kind], given: "StructType | None") -> "StructType":
    """As `arrow_schema`."""
    from pyspark.sql import types

    fields = {} if given is None else {field.name: field for field in given.fields}
    fields.update({name: types.StructField(name, spark_type(kind)) for name, kind in kinds.items()})
    return types.StructType(list(fields.values()))
