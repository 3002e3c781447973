"""`Annotate` in pandas, Ray Data and Spark beside `nlp.pipe`: the same annotations, one load, how much time.

`python benchmarks/scale.py`, 10 minutes on two cores. Texts are made of words of `project/assets`; one of 10,000 is
None. The pipeline has the encoder's weights and heads with random ones, which cost as much. Speed is that of one
process with one thread, from its first batch after loading to its last one, in turns with `nlp.pipe`.
"""

import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

os.environ["OMP_NUM_THREADS"] = "1"  # also of the engines' processes
os.environ["PYSPARK_PYTHON"] = sys.executable

import pandas as pd
import spacy
import torch
import typer
from errors import require
from markdown_table import table_row
from measure import median_ratio, save, saved_parts
from single import ENCODER, UTTERANCES, ours, plain

from spacy_bert_ext.scale import Annotate, loading
from spacy_bert_ext.scale.columns import COLUMNS

PIPE, PANDAS, RAY, SPARK = "nlp.pipe", "pandas", "Ray Data", "Spark"
FILLED = ("ents", "cats")
BATCH = 2_000
EVERY = 10_000  # of so many rows one is bad

Work = Callable[[list[Any]], "Result"]


class Result(NamedTuple):
    """rows: ents, cats and error of each text. seconds, cpu: Of the slowest process, loading aside.

    loads: How many pipelines each process has loaded.
    """

    rows: list[tuple[Any, Any, str | None]]
    seconds: float
    cpu: float
    loads: dict[int, int]


def main(
    texts: int = typer.Option(20_000, help="Of the comparison of annotations, by two processes"),
    timed: int = typer.Option(4_000, help="Texts of each round, by one process"),
    rounds: int = typer.Option(3, help="Rounds of each engine in turns with nlp.pipe"),
    encoder: Path = typer.Option(ENCODER, help="Folder of the encoder"),
    part: str | None = typer.Option(None, help="pandas, ray or spark; default: all"),
) -> None:
    """Compare annotations and time, and save the figures as `results/scale.json`."""
    torch.set_num_threads(1)
    require(encoder / "model.safetensors", "make bench-data")
    with tempfile.TemporaryDirectory() as folder:
        make_pipeline(encoder, Path(folder) / "pipeline")
        pipeline = str(Path(folder) / "pipeline")
        engines = {"pandas": (PANDAS, in_pandas), "ray": (RAY, in_ray), "spark": (SPARK, in_spark)}
        given = make_texts(texts)
        nlp = spacy.load(pipeline)
        expected = in_pipe(nlp, given).rows
        figures = saved_parts("scale", [name for name, _ in engines.values()])
        for key, (name, engine) in engines.items():
            if part in (None, key):
                found = compare(engine(pipeline, given, 2), expected)
                pairs = []
                for _ in range(rounds):
                    one, other = in_pipe(nlp, given[:timed]), engine(pipeline, given[:timed], 1)
                    pairs.append((one, other))
                    print(
                        f"{name}: {other.seconds / one.seconds:.2f} of the time, {other.cpu / one.cpu:.2f} of CPU time"
                    )
                found["time"] = ratio_of(pairs, "seconds")
                found["cpu_time"] = ratio_of(pairs, "cpu")
                found["texts_per_second"] = [round(timed / one.seconds) for one, _ in pairs]
                figures[name] = found
                save("scale", figures)
    print(table(figures))
    print(f"Saved in {save('scale', figures)}")


def make_pipeline(encoder: Path, folder: Path) -> None:
    ours(encoder, "auto").to_disk(folder)


def make_texts(n_texts: int) -> list[Any]:
    words = [word for line in UTTERANCES.read_text(encoding="utf8").splitlines() for word in plain(line).split()]
    chance = random.Random(0)
    texts: list[Any] = [" ".join(chance.choices(words, k=chance.randint(3, 15))) for _ in range(n_texts)]
    for i in range(EVERY // 2, n_texts, EVERY):
        texts[i] = None
    return texts


def in_pipe(nlp: spacy.Language, texts: list[Any]) -> Result:
    """As a program without `Annotate` would do it: bad rows are left out before."""
    rows: list[Any] = [(None, None, "")] * len(texts)
    good = [(text, i) for i, text in enumerate(texts) if text is not None]
    begin, cpu = time.perf_counter(), time.process_time()
    with nlp.memory_zone():
        for doc, i in nlp.pipe(good, as_tuples=True):
            rows[i] = (*(COLUMNS[name].value(doc) for name in FILLED), None)
    return Result(rows, time.perf_counter() - begin, time.process_time() - cpu, {})


class Timed(Annotate):
    """Annotates, and tells for each row in which process, how often that has loaded, and when."""

    def __call__(self, batch: pd.DataFrame) -> pd.DataFrame:
        self.loaded()
        begin, cpu = time.perf_counter(), time.process_time()
        found = super().__call__(batch)
        return found.assign(
            process=os.getpid(),
            loads=loading.loaded_here.n_loads,
            begin=begin,
            end=time.perf_counter(),
            cpu_begin=cpu,
            cpu_end=time.process_time(),
        )


def result_of(found: pd.DataFrame) -> Result:
    found = found.sort_values("id")
    by_process = found.groupby("process")
    seconds = (by_process["end"].max() - by_process["begin"].min()).max()
    cpu = (by_process["cpu_end"].max() - by_process["cpu_begin"].min()).max()
    errors = [None if pd.isna(error) else error for error in found["error"]]
    rows = list(zip(map(plain_values, found["ents"]), map(plain_values, found["cats"]), errors, strict=True))
    return Result(rows, float(seconds), float(cpu), {int(k): int(n) for k, n in by_process["loads"].max().items()})


def plain_values(marks: Any) -> list[dict[str, Any]] | None:
    """Engines give structures in forms of their own."""
    if marks is None or marks is pd.NA or isinstance(marks, float):
        return None
    found = [mark if isinstance(mark, dict) else mark.asDict() for mark in marks]
    return [{name: None if pd.isna(value) else value for name, value in mark.items()} for mark in found]


def frame_of(texts: list[Any]) -> pd.DataFrame:
    return pd.DataFrame({"id": range(len(texts)), "text": pd.Series(texts, dtype=object)})


def in_pandas(pipeline: str, texts: list[Any], n_processes: int) -> Result:
    """In this process, whatever their number."""
    annotate, frame = Timed(pipeline, columns=FILLED), frame_of(texts)
    begin, cpu = time.perf_counter(), time.process_time()
    annotate.loaded()
    seconds_of_load, cpu_of_load = time.perf_counter() - begin, time.process_time() - cpu
    found = pd.concat([annotate(frame.iloc[i : i + BATCH]) for i in range(0, len(frame), BATCH)])
    seconds, cpu = time.perf_counter() - begin - seconds_of_load, time.process_time() - cpu - cpu_of_load
    return result_of(found)._replace(seconds=seconds, cpu=cpu)


def in_ray(pipeline: str, texts: list[Any], n_processes: int) -> Result:
    import ray

    ray.init(num_cpus=n_processes + 1, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    try:
        ray.data.DataContext.get_current().enable_progress_bars = False
        data = ray.data.from_pandas([part for part in parts_of(frame_of(texts))])
        found = data.map_batches(
            Timed,
            fn_constructor_args=(pipeline,),
            fn_constructor_kwargs={"columns": FILLED},
            batch_format="pandas",
            batch_size=BATCH,
            compute=ray.data.ActorPoolStrategy(size=n_processes),
        )
        return result_of(found.to_pandas())
    finally:
        ray.shutdown()


def parts_of(frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
    return (frame.iloc[i : i + BATCH] for i in range(0, len(frame), BATCH))


def in_spark(pipeline: str, texts: list[Any], n_processes: int) -> Result:
    from pyspark.sql import SparkSession, types

    builder = SparkSession.builder.master(f"local[{n_processes}]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.sql.execution.arrow.maxRecordsPerBatch", BATCH)
    spark = builder.config("spark.ui.showConsoleProgress", "false").getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    try:
        schema = types.StructType(
            [types.StructField("id", types.LongType()), types.StructField("text", types.StringType())]
        )
        rows = list(enumerate(texts))
        data = spark.createDataFrame(rows, schema).repartition(max(2, n_processes))
        annotate = Timed(pipeline, columns=FILLED)
        added = types.StructType(annotate.spark_schema(schema).fields)
        for name in ("process", "loads"):
            added = added.add(name, types.LongType())
        for name in ("begin", "end", "cpu_begin", "cpu_end"):
            added = added.add(name, types.DoubleType())
        found = data.mapInPandas(annotate.each, added).collect()
        return result_of(pd.DataFrame([row.asDict() for row in found]))
    finally:
        spark.stop()


def compare(found: Result, expected: list[Any]) -> dict[str, Any]:
    """Labels and characters must be the same; of scores the largest difference is told."""
    different = largest = 0.0
    errors = 0
    for one, other in zip(found.rows, expected, strict=True):
        if other[2] is not None:
            errors += one[2] is not None
            continue
        marks = [
            [{k: v for k, v in mark.items() if k != "score"} for of in row[:2] for mark in of] for row in (one, other)
        ]
        if one[2] is not None or marks[0] != marks[1]:
            different += 1
            continue
        scores = [[mark["score"] for of in row[:2] for mark in of] for row in (one, other)]
        largest = max([largest, *(abs(a - b) for a, b in zip(*scores, strict=True))])
    bad = sum(row[2] is not None for row in expected)
    return {
        "rows": len(expected),
        "rows_that_differ": int(different),
        "largest_difference_of_scores": largest,
        "bad_rows": bad,
        "bad_rows_told": errors,
        "processes": len(found.loads),
        "loads_of_each": sorted(found.loads.values()),
    }


def ratio_of(pairs: list[tuple[Result, Result]], name: str) -> dict[str, Any]:
    ones, others = [getattr(one, name) for one, _ in pairs], [getattr(other, name) for _, other in pairs]
    rounds = [round(other / one, 3) for one, other in zip(ones, others, strict=True)]
    return {"median": round(median_ratio(others, ones), 3), "rounds": rounds}


def table(figures: dict[str, Any]) -> str:
    header = ("", "rows that differ", "scores differ by", "bad rows told", "loads", "time", "CPU time")
    lines = [table_row(header), table_row(["---", *["---:"] * 6])]
    for name, found in figures.items():
        cells = (
            f"{found['rows_that_differ']:,} of {found['rows']:,}",
            f"{found['largest_difference_of_scores']:.0e}",
            f"{found['bad_rows_told']} of {found['bad_rows']}",
            ", ".join(map(str, found["loads_of_each"])),
            f"{found['time']['median']:.2f}",
            f"{found['cpu_time']['median']:.2f}",
        )
        lines.append(table_row([name, *cells]))
    return "\n".join(lines)


if __name__ == "__main__":
    typer.run(main)
