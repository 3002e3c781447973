"""Types of columns in Arrow and in Spark."""

import pytest

from spacy_bert_ext.scale.columns import BYTES, MARK, NUMBER, TEXT
from spacy_bert_ext.scale.schemas import arrow_schema, arrow_type, spark_schema, spark_type


def test_types_of_arrow() -> None:
    pa = pytest.importorskip("pyarrow")
    fields = [("start", pa.int32()), ("end", pa.int32()), ("label", pa.string()), ("text", pa.string())]
    assert arrow_type(MARK) == pa.list_(pa.struct([*fields, ("score", pa.float64())]))
    assert arrow_type(BYTES) == pa.binary()


def test_our_columns_of_arrow_take_the_place_of_those_of_the_same_name() -> None:
    pa = pytest.importorskip("pyarrow")
    given = pa.schema([("id", pa.int64()), ("error", pa.int64()), ("text", pa.string())])
    found = arrow_schema({"cats": NUMBER, "error": TEXT}, given)
    expected = [("id", pa.int64()), ("error", pa.string()), ("text", pa.string()), ("cats", pa.float64())]
    assert found == pa.schema(expected)


def test_types_of_spark() -> None:
    types = pytest.importorskip("pyspark.sql.types")
    marks = "array<struct<start:int,end:int,label:string,text:string,score:double>>"
    assert spark_type(MARK).simpleString() == marks and spark_type(BYTES) == types.BinaryType()
    given = types.StructType([types.StructField("id", types.LongType())])
    assert spark_schema({"error": TEXT}, given).simpleString() == "struct<id:bigint,error:string>"
