"""Chunks that are done, on the disk beside the output: what a killed job finds again.

`data` has the chunks behind each other. `log` has a line for each, written once its chunk is on the disk. What
`data` has behind the last one is of a chunk that was not finished, and is cut off.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

DATA, LOG = "data", "log"
_COMPLETE = b"null\n"  # last line of the log of a job all of whose rows are done


class Entry(NamedTuple):
    """end: Of the chunk, in `data`. rows: Of the chunk. digest: Of its rows in the input. read: See `Chunk`.

    faults: How many rows have an error, by its text, of which numbers are left out.
    """

    end: int
    rows: int
    digest: str
    read: int
    faults: dict[str, int]


class Parts:
    """n_chunks, n_rows: That are done. read: How much of the input. faults: How many rows have which.

    is_complete: Whether these are all. is_moved: Whether their data was renamed already.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.n_chunks = self.n_rows = self.read = self._end = 0
        self.faults: dict[str, int] = {}
        self.is_complete = False
        folder.mkdir(parents=True, exist_ok=True)
        self._recover()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was done before."""
        return not self.n_chunks and not self.is_complete

    def append(self, data: bytes, entry: Entry) -> None:
        """entry: Whose `end` is told here. RAISES (OSError): The disk is full."""
        entry = entry._replace(end=self._end + len(data))
        _write(self.folder / DATA, data)
        _write(self.folder / LOG, json.dumps(entry).encode("utf8") + b"\n")
        self._count(entry)

    def complete(self) -> None:
        """All rows are there."""
        _write(self.folder / LOG, _COMPLETE)
        self.is_complete = True

    def entries_with_data(self) -> Iterator[tuple[Entry, bytes]]:
        with (self.folder / DATA).open("rb") as file:
            for entry in read_entries(self.folder):
                yield entry, file.read(entry.end - file.tell())

    def chunks(self) -> Iterator[bytes]:
        return (data for _, data in self.entries_with_data())

    def rename_data(self, output: Path) -> None:
        (self.folder / DATA).rename(output)

    def _count(self, entry: Entry) -> None:
        self.n_chunks, self.n_rows, self._end = self.n_chunks + 1, self.n_rows + entry.rows, entry.end
        self.read = entry.read
        for fault, n in entry.faults.items():
            self.faults[fault] = self.faults.get(fault, 0) + n

    def _recover(self) -> None:
        data, log = self.folder / DATA, self.folder / LOG
        log.touch()
        self.is_complete = log.read_bytes()[-len(_COMPLETE) :] == _COMPLETE
        self.is_moved = self.is_complete and not data.exists()
        size, log_end = data.stat().st_size if data.exists() else 0, 0
        for entry, end in _read_log(log):
            if entry is not None:
                if entry.end > size and not self.is_moved:  # after a power failure
                    break
                self._count(entry)
            log_end = end
        if not self.is_moved:
            data.touch()
            os.truncate(log, log_end)
            os.truncate(data, self._end)


def read_entries(folder: Path) -> Iterator[Entry]:
    """Of the chunks that are done."""
    return (entry for entry, _ in _read_log(folder / LOG) if entry is not None)


def _read_log(log: Path) -> Iterator[tuple[Entry | None, int]]:
    """Each line that is whole, and where it ends in the file; None is the last one of a job that is complete."""
    with log.open("rb") as file:
        for line in file:
            try:
                found: Any = json.loads(line) if line.endswith(b"\n") else ""
                entry = None if found is None else Entry(*found)
            except (ValueError, TypeError):
                return
            yield entry, file.tell()
            if entry is None:
                return


def _write(file: Path, data: bytes) -> None:
    """Append to a file, and have it on the disk before anything else is."""
    with file.open("ab") as opened:
        opened.write(data)
        opened.flush()
        os.fsync(opened.fileno())
