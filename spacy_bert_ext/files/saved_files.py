"""The files of a folder, or of bytes: each is read once, and compared with the checksum that was saved beside it."""

import json
import os
import warnings
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from io import BufferedIOBase
from pathlib import Path, PurePosixPath
from typing import Any

from torch import Tensor

from ..errors import Errors, Warnings
from .checksums import CHECKSUMS_FILE, Checksum, checksum_of, checksum_of_weights
from .contents import Contents
from .weights_file import read_weights

EDITABLE = ("cfg", "config.json")  # settings, which people edit by hand
MAX_TEXT_BYTES = 500_000_000  # of a file that is no weights: more than any vocabulary


class SavedFiles:
    """Files of one save, or of a checkpoint. To be closed, by `contextlib.closing`.

    name, where (str): Of what is loaded, for error messages.
    text (str): The error message, with places for `name`, `path` and `reason`.
    changed_text (str): That for a file that is not the one that was saved, with places for `name`, `path`, `file` and
        `checksums`.
    """

    def __init__(
        self,
        contents: Contents,
        name: str,
        where: Path | str,
        *,
        text: str = Errors.B030,
        changed_text: str = Errors.B170,
    ) -> None:
        self.name, self.where = name, where
        self.recorded: dict[str, Any] = {}  # in checksums.json, besides the checksums
        self._contents, self._folder = contents, ""
        self._text, self._changed_text = text, changed_text
        self._expected: dict[str, Checksum] | None = None
        self._found: dict[str, Future[Checksum | None] | Checksum | None] = {}
        self._names = set(contents.names())
        self._worker = ThreadPoolExecutor(1)

    def close(self) -> None:
        """End what is still being read."""
        self._worker.shutdown()

    def error(self, reason: object) -> ValueError:
        shown = " ".join(str(reason).split()).rstrip(".")  # it becomes a part of a sentence
        return ValueError(self._text.format(name=self.name, path=self.where, reason=shown))

    def within(self, folder: str) -> "SavedFiles":
        """The files of a folder among them; `finish` is left to the whole."""
        part = object.__new__(SavedFiles)
        part.__dict__.update(self.__dict__, _folder=f"{self._folder}{folder}/", where=f"{self.where}/{folder}")
        return part

    def names(self) -> list[str]:
        """Of the files in the folder itself."""
        found = [name.removeprefix(self._folder) for name in self._names if name.startswith(self._folder)]
        return sorted(name for name in found if "/" not in name)

    def has(self, name: str) -> bool:
        return self._folder + name in self._names

    def read(self, name: str) -> bytes:
        """RAISES (ValueError): The file is missing, too large for a text, can't be read, or was changed."""
        return self._read(name, MAX_TEXT_BYTES)

    def read_large(self, name: str) -> bytes:
        """Of weights, whatever their size. RAISES (ValueError): The file is missing, can't be read, or was changed."""
        return self._read(name, None)

    def _read(self, name: str, max_bytes: int | None) -> bytes:
        with self._open(name) as file:
            size = file.seek(0, os.SEEK_END)
            expected = (self._expected or {}).get(self._folder + name)
            if max_bytes is None and expected is not None and expected.size != size:
                raise self._changed(self._folder + name)
            if max_bytes is not None and size > max_bytes:
                raise self.error(f"the file {name} has {size:,} bytes")
            file.seek(0)
            try:
                data = file.read()
            except (OSError, MemoryError) as error:
                reason = str(error) or "there is not memory enough"
                raise self.error(f"the file {name} can't be read: {reason}") from error
        found = self._found[self._folder + name] = checksum_of(name, data)
        self._check(self._folder + name, found)
        return data

    def read_json(self, name: str) -> dict[str, Any]:
        """RAISES (ValueError): As `read`; or the file holds no JSON table, or numbers that are none."""
        data = self.read(name)
        try:
            # Some editors put a mark of its encoding before a text.
            table = json.loads(data.decode("utf-8-sig"), parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            raise self.error(f"the file {name} is no JSON ({type(error).__name__}: {error})") from error
        if not isinstance(table, dict):
            raise self.error(f"the file {name} holds no table of settings")
        return table

    def start_reading_weights(self, name: str) -> "Future[dict[str, Tensor]]":
        """The tensors of a safetensors file, read while other things are done; `UnreadableWeights` if that fails.

        RAISES (ValueError): The file is missing, or of another size than was saved.
        """
        file, path = self._open(name), self._folder + name
        expected = (self._expected or {}).get(path)
        size = file.seek(0, os.SEEK_END)
        if expected is not None and expected.size != size:
            file.close()
            raise self._changed(path)
        reading = self._worker.submit(read_weights, file)
        if expected is not None:
            # Of what was read, which nobody changes before `finish`: so the file may change meanwhile.
            self._found[path] = self._worker.submit(checksum_of_weights, file, reading)
        else:
            self._worker.submit(file.close)
        return reading

    def check_with(self, table: Mapping[str, Any]) -> None:
        """Compare all files with a table of checksums from now on; a file that is not among them is not there.

        RAISES (ValueError): The table is damaged, or a file of it is missing.
        """
        table = dict(table)
        files = table.pop("files", None)
        try:
            self._expected = {name: Checksum(int(of["size"]), str(of["sha256"])) for name, of in dict(files).items()}
        except (TypeError, KeyError, ValueError) as error:
            raise self.error(f"the file {CHECKSUMS_FILE} is damaged ({error})") from error
        missing = sorted(self._expected.keys() - self._names)
        if missing:
            raise self.error(f"the file {missing[0]} is missing")
        self._names, self.recorded = set(self._expected), table

    def finish(self) -> None:
        """Compare what has not been compared yet. Settings that were edited are warned of.

        RAISES (ValueError): Another file was changed.
        """
        for path, expected in sorted((self._expected or {}).items()):
            if path not in self._found:
                self.read(path)
            found = self._found[path]
            found = found.result() if isinstance(found, Future) else found
            self._check(path, found)
            if found != expected:
                warnings.warn(Warnings.B190.format(name=self.name, path=self.where, file=path))

    def _check(self, path: str, found: Checksum | None) -> None:
        expected = (self._expected or {}).get(path, found)
        if found != expected and PurePosixPath(path).name not in EDITABLE:
            raise self._changed(path)

    def _changed(self, path: str) -> ValueError:
        text = self._changed_text
        return ValueError(text.format(name=self.name, path=self.where, file=path, checksums=CHECKSUMS_FILE))

    def _open(self, name: str) -> BufferedIOBase:
        if not self.has(name):
            raise self.error(f"the file {name} is missing")
        try:
            return self._contents.open(self._folder + name)
        except OSError as error:
            raise self.error(f"the file {name} can't be read: {error}") from error


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")
