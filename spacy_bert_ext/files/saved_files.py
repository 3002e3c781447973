"""The files of a folder, or of bytes: each is read once, and compared with the checksum that was saved beside it."""

import hashlib
import io
import json
import os
import stat
import warnings
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple, Protocol

from torch import Tensor

from ..errors import Errors, Warnings
from .weights_file import read_weights, sha256_of

CHECKSUMS_FILE = "checksums.json"
EDITABLE = ("cfg", "config.json")  # settings, which people edit by hand
_TEXTS = ("", ".json", ".txt", ".jinja")  # endings of files in which git may change how lines end
MAX_TEXT_BYTES = 500_000_000  # of a file that is no weights: more than any vocabulary
_CHUNK_BYTES = 2**20


class Contents(Protocol):
    """Where files come from."""

    def names(self) -> list[str]: ...

    def open(self, name: str) -> BinaryIO:
        """RAISES (OSError): It can't be opened, or is something else than a regular file in its folder."""


class FolderContents:
    """The regular files of a folder and of the folders in it. Nothing else is opened, nor anything outside of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        paths = [*self._folder.glob("*"), *self._folder.glob("*/*")]
        return sorted(str(PurePosixPath(path.relative_to(self._folder))) for path in paths if not path.is_dir())

    def open(self, name: str) -> BinaryIO:
        try:
            folder, target = self._folder.resolve(), (self._folder / name).resolve()
        except RuntimeError as error:  # until Python 3.13
            raise OSError("it is a link to itself") from error
        # What `huggingface_hub` downloads are links to files in the `blobs` of the same repository.
        if not target.is_relative_to(folder) and target.parent != folder.parent.parent / "blobs":
            raise OSError("it is a link to another place")
        # Not blocking: it may be a pipe, into which nobody writes.
        flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
        file = os.fdopen(os.open(target, flags), "rb")
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            file.close()
            raise OSError("it is no regular file")
        return file


class BytesContents:
    """Files in memory."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def names(self) -> list[str]:
        return sorted(self._files)

    def open(self, name: str) -> BinaryIO:
        return io.BytesIO(self._files[name])


class Checksum(NamedTuple):
    """Of a file."""

    size: int
    sha256: str


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
        text: str = Errors.B030,
        changed_text: str = Errors.B170,
    ) -> None:
        self.name, self.where = name, where
        self.recorded: dict = {}  # in checksums.json, besides the checksums
        self._contents, self._folder = contents, ""
        self._text, self._changed_text = text, changed_text
        self._expected: dict[str, Checksum] | None = None
        self._found: dict[str, Future | Checksum] = {}
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
        """RAISES (ValueError): The file is missing, can't be read, or was changed."""
        with self._open(name) as file:
            size = file.seek(0, os.SEEK_END)
            if size > MAX_TEXT_BYTES:
                raise self.error(f"the file {name} has {size:,} bytes")
            file.seek(0)
            try:
                data = file.read()
            except OSError as error:
                raise self.error(f"the file {name} can't be read: {error}") from error
        found = self._found[self._folder + name] = _checksum_of(name, data)
        self._check(self._folder + name, found)
        return data

    def read_json(self, name: str) -> dict:
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
            self._found[path] = self._worker.submit(_checksum_of_weights, file, reading)
        else:
            self._worker.submit(file.close)
        return reading

    def check_with(self, table: dict) -> None:
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

    def _check(self, path: str, found: Checksum) -> None:
        expected = (self._expected or {}).get(path, found)
        if found != expected and PurePosixPath(path).name not in EDITABLE:
            raise self._changed(path)

    def _changed(self, path: str) -> ValueError:
        text = self._changed_text
        return ValueError(text.format(name=self.name, path=self.where, file=path, checksums=CHECKSUMS_FILE))

    def _open(self, name: str) -> BinaryIO:
        if not self.has(name):
            raise self.error(f"the file {name} is missing")
        try:
            return self._contents.open(self._folder + name)
        except OSError as error:
            raise self.error(f"the file {name} can't be read: {error}") from error


def write_checksums(folder: Path, recorded: Mapping[str, object]) -> None:
    """Write checksums of all files in a folder, and what else is to be recorded with them."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / CHECKSUMS_FILE)
    files = {}
    for path in paths:
        found = _checksum_of(path.name, path.read_bytes()) if path.suffix in _TEXTS else _checksum_of_large(path)
        files[str(PurePosixPath(path.relative_to(folder)))] = found._asdict()
    table = json.dumps({**recorded, "files": files}, ensure_ascii=False, indent=2)
    (folder / CHECKSUMS_FILE).write_text(table, encoding="utf8")


def renew_checksums(folder: Path) -> None:
    """Write the checksums of a folder anew, if it has some."""
    if (folder / CHECKSUMS_FILE).is_file():
        recorded = json.loads((folder / CHECKSUMS_FILE).read_text(encoding="utf8"))
        recorded.pop("files", None)
        write_checksums(folder, recorded)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


def _checksum_of(name: str, data: bytes) -> Checksum:
    """Of a text: with the ends of lines that it was written with, whichever git or an archive has made of them."""
    if PurePosixPath(name).suffix in _TEXTS:
        data = data.replace(b"\r\n", b"\n")
    return Checksum(len(data), hashlib.sha256(data).hexdigest())


def _checksum_of_large(path: Path) -> Checksum:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
            size += len(chunk)
    return Checksum(size, digest.hexdigest())


def _checksum_of_weights(file: BinaryIO, reading: "Future[dict[str, Tensor]]") -> Checksum | None:
    """None of what could not be read: whoever wants the weights is told."""
    with file:
        return None if reading.exception() else Checksum(*sha256_of(file, reading.result()))
