"""What is done with a chunk, in whatever process: rows → annotated rows → bytes of the output."""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, NamedTuple

from .annotate import Annotate
from .loaded_pipeline import Input
from .parts import Entry
from .rows import NOTHING, Chunk, Row
from .sinks.sink import Sink
from .texts import Checked

MOST_FAULTS, OTHERS = 20, "other reasons"  # kinds of them that are told of a chunk
_NUMBERS = re.compile(r"(?<![\w-])\d[\d,.]*(?!\w)")


class Done(NamedTuple):
    """A chunk. data: Of the output. entry: For the log of `parts.py`."""

    number: int
    data: bytes
    entry: Entry


@dataclass(frozen=True)
class Work:
    """It can be pickled. The pipeline is loaded with the first chunk."""

    annotate: Annotate
    sink: Sink

    def __call__(self, chunk: Chunk) -> Done:
        found = self.annotate.annotate([self._input(row) for row in chunk.rows])
        names = list(self.annotate.kinds())
        ours = [dict(zip(names, self.annotate.values_of(one))) for one in found]
        data = self.sink.encode([{**row.values, **columns} for row, columns in zip(chunk.rows, ours)])
        faults = Counter(_NUMBERS.sub("…", one.fault[:200]) for one in found if one.fault is not None)
        told = dict(faults.most_common(MOST_FAULTS))
        if len(faults) > len(told):  # their number, at least
            told[OTHERS] = faults.total() - sum(told.values())
        entry = Entry(0, rows=len(chunk.rows), digest=chunk.digest(), read=chunk.read, faults=told)
        return Done(chunk.number, data, entry)

    def _input(self, row: Row) -> Input:
        if row.fault is None and self.annotate.text in row.values:
            given: dict[str, Any] = {name: row.values.get(column) for name, column in self.annotate.given.items()}
            one = self.annotate.input(row.values[self.annotate.text], {**(row.given or NOTHING), **given})
            return one._replace(words=row.words, spaces=row.spaces)
        missing = f"there is no '{self.annotate.text}'"
        return Input(Checked("", missing if row.fault is None else row.fault))
