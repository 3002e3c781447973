"""`Annotate`: what every engine calls with batches of its own."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import Errors
from ..settings import check_whole_number
from .columns import COLUMNS, DEFAULT, TEXT, Kind
from .containers import batch_of
from .devices import AUTO, chosen_device
from .loaded_pipeline import Found, Input, LoadedPipeline
from .loading import Choice, loaded_here
from .schemas import arrow_schema, spark_schema
from .texts import checked

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql.types import StructType

ERROR = "error"


class Annotate:
    """Adds columns of annotations to batches: pandas' DataFrame, a dict of arrays, pyarrow's Table or RecordBatch.

    It holds settings only, and can be pickled. The pipeline is loaded with the first batch, once in each process, and
    shared by all threads and objects with the same settings there. Annotations are those of `nlp.pipe`.

    pipeline: Folder or package. Other machines must find it by the same name.
    text: Column of the texts. Other columns go through.
    columns: Which are added, see `docs/guides/scaling.md`: "ents", "spans", "cats", "answers", "summary", "pair_score",
        "doc". "error" is always added: why a row has no annotations, or None. Such a row's other columns of ours are
        None.
    device: Of torch, such as "cuda:1" or "cpu". "auto" takes the GPU that Ray or Spark has assigned; without these
        engines, the device of the pipeline's settings.
    batch_size: Of `nlp.pipe`; None for the pipeline's.
    max_chars: Of a text, at most; None for the pipeline's `nlp.max_length`.
    threads: Of a CPU; None for the number of the pipeline's settings. Ray and Spark ask for one.
    given: Extensions that heads read, and the columns that have them: {"pair": "second_text"}.
    prefix: Of the names of our columns.
    code: Python file with functions that the pipeline's config names.

    RAISES (ValueError): An unknown column, or a number that is none.
    """

    def __init__(
        self,
        pipeline: str | Path,
        text: str = "text",
        columns: Sequence[str] = DEFAULT,
        *,
        device: str = AUTO,
        batch_size: int | None = None,
        max_chars: int | None = None,
        threads: int | None = None,
        given: Mapping[str, str] | None = None,
        prefix: str = "",
        code: str | Path | None = None,
    ) -> None:
        if not isinstance(pipeline, (str, Path)):
            raise ValueError(Errors.B524.format(found=type(pipeline).__name__))
        unknown = [name for name in columns if name not in COLUMNS]
        if unknown or isinstance(columns, str):
            found = columns if isinstance(columns, str) else unknown[0]
            raise ValueError(Errors.B010.format(found=found, setting="columns", allowed=f"a list of {_COLUMNS}"))
        for name, number in {"batch_size": batch_size, "max_chars": max_chars, "threads": threads}.items():
            if number is not None:
                check_whole_number(name, number, 1)
        self.pipeline, self.text, self.columns = str(pipeline), text, tuple(columns)
        self.device, self.threads, self.code = device, threads, None if code is None else str(code)
        self.batch_size, self.max_chars = batch_size, max_chars
        self.given, self.prefix = dict(given or {}), prefix

    def __call__(self, batch: Any) -> Any:
        """RETURNS: A batch of the same form, with all of its rows and our columns.

        RAISES (ValueError): There is no column of texts; the pipeline can't be loaded.
        RAISES (TypeError): Another form.
        """
        read = batch_of(batch)
        texts = read.read(self.text, "text")
        given = {name: read.read(column, "given") for name, column in self.given.items()}
        rows = [dict(zip(given, values)) for values in zip(*given.values())] or [{}] * len(texts)
        found = self.annotate([self.input(text, row) for text, row in zip(texts, rows)])
        kinds = self.kinds()
        ours = [self.values_of(one) for one in found]
        return read.with_columns({name: [row[i] for row in ours] for i, name in enumerate(kinds)}, kinds)

    def each(self, batches: Iterable[Any]) -> Iterator[Any]:
        """Batch by batch, for Spark's `mapInPandas` and `mapInArrow`: `frame.mapInPandas(annotate.each, schema)`."""
        return map(self, batches)

    def input(self, value: object, given: Mapping[str, Any] | None = None) -> Input:
        """A value of the column of texts, looked at; given: by extension."""
        limit = self.loaded().max_chars
        text = checked(value, limit if self.max_chars is None else min(limit, self.max_chars))
        return Input(text, {name: one for name, one in (given or {}).items() if one is not None})

    def annotate(self, inputs: Sequence[Input]) -> list[Found]:
        """The values of `columns` for each input, or why there are none."""
        return self.loaded().annotate(inputs, self.columns, self.batch_size)

    def loaded(self) -> LoadedPipeline:
        """The pipeline in this process, which is loaded if it is not there.

        RAISES (ValueError): It can't be, or the device is not there.
        """
        return loaded_here.get(Choice(self.pipeline, chosen_device(self.device), self.threads, self.code))

    def kinds(self) -> dict[str, Kind]:
        """Our columns by name, with their types."""
        found = {self.prefix + name: COLUMNS[name].kind for name in self.columns}
        return {**found, self.prefix + ERROR: TEXT}

    def arrow_schema(self, schema: "pa.Schema | None" = None) -> "pa.Schema":
        """Of our columns; with that of a batch, of what comes back for it."""
        return arrow_schema(self.kinds(), schema)

    def spark_schema(self, schema: "StructType | None" = None) -> "StructType":
        """The same for Spark, such as `annotate.spark_schema(frame.schema)`."""
        return spark_schema(self.kinds(), schema)

    def values_of(self, found: Found) -> tuple[Any, ...]:
        """In the order of `kinds`."""
        return (*(found.values or (None,) * len(self.columns)), found.fault)


_COLUMNS = ", ".join(COLUMNS)
