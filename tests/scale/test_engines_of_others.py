"""`Annotate` as Ray Data and Spark call it. `make test-engines` has both."""

import shutil
import sys
from pathlib import Path

import pytest

from spacy_bert_ext.scale import Annotate, loading
from tests.scale.ruled import ADA

TEXTS = ["Ada moved", "It rained", None] * 4
MARKS = [[ADA], [], None] * 4
ERRORS = [None, None, "no text: the value is missing"] * 4


def test_ray_data(ruled: Path) -> None:
    ray = pytest.importorskip("ray")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    try:
        for batch_format in ("pyarrow", "numpy"):
            data = ray.data.from_items([{"id": i, "text": text} for i, text in enumerate(TEXTS)]).map_batches(
                Annotate,
                fn_constructor_args=(ruled,),
                fn_constructor_kwargs={"columns": ("ents",)},
                batch_format=batch_format,
                batch_size=4,
                compute=ray.data.ActorPoolStrategy(size=1),
            )
            rows = sorted(data.take_all(), key=lambda row: row["id"])
            assert [None if row["ents"] is None else list(row["ents"]) for row in rows] == MARKS
            assert [row["error"] for row in rows] == ERRORS
    finally:
        ray.shutdown()


@pytest.mark.skipif(shutil.which("java") is None, reason="needs Java")
@pytest.mark.filterwarnings("ignore")
def test_spark(ruled: Path, monkeypatch) -> None:
    sql = pytest.importorskip("pyspark.sql")
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    annotate = Annotate(ruled, columns=("ents",))

    def tell_loads(batches):
        yield from annotate.each(batches)
        if loading.loaded_here.n_loads != 1:
            raise RuntimeError(f"{loading.loaded_here.n_loads} loads")

    spark = sql.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    try:
        frame = spark.createDataFrame(list(enumerate(TEXTS)), "id long, text string").repartition(3)
        schema = annotate.spark_schema(frame.schema)
        for found in (frame.mapInPandas(tell_loads, schema), frame.mapInArrow(annotate.each, schema)):
            rows = found.orderBy("id").collect()
            marks = [None if row["ents"] is None else [mark.asDict() for mark in row["ents"]] for row in rows]
            assert marks == MARKS and [row["error"] for row in rows] == ERRORS
    finally:
        spark.stop()
