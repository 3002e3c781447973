"""The chunks of an input that are not done yet."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ..errors import Errors
from .parts import Entry, read_entries
from .rows import Chunk
from .sources.source import Source


@dataclass(frozen=True)
class Pending:
    """It can be pickled. folder: Of the chunks that are done; None if nothing of the kind is kept.

    n_done: Chunks that were done when the job began. Its log goes on growing, and an engine may read the input anew:
        a cluster does after a failure.
    """

    source: Source
    folder: Path | None
    n_done: int = 0

    def chunks(self) -> Iterator[Chunk]:
        """Those that are done are read again, to see whether they are what was annotated.

        RAISES (ValueError): They are not; as `Source.chunks`.
        """
        entries = iter(()) if self.folder is None else islice(read_entries(self.folder), self.n_done)
        n_rows = 0
        for chunk in self.source.chunks():
            entry = next(entries, None)
            if entry is None:
                yield chunk
                continue
            if chunk.digest() != entry.digest:
                raise self._changed(n_rows + 1, n_rows + entry.rows)
            n_rows += entry.rows
        left: Entry | None = next(entries, None)
        if left is not None:
            raise self._changed(n_rows + 1, n_rows + left.rows)

    def _changed(self, first: int, last: int) -> ValueError:
        return ValueError(Errors.B529.format(path=self.source.path, first=first, last=last))
