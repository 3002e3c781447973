"""Checksums of saved files, in a file beside them."""

import hashlib
import json
from collections.abc import Mapping
from concurrent.futures import Future
from io import BufferedIOBase
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from torch import Tensor

from .weights_file import sha256_of

CHECKSUMS_FILE = "checksums.json"
_TEXTS = ("", ".json", ".txt", ".jinja", ".xml")  # endings of files in which git may change how lines end
_CHUNK_BYTES = 2**20


class Checksum(NamedTuple):
    """Of a file."""

    size: int
    sha256: str


def write_checksums(folder: Path, recorded: Mapping[str, object]) -> None:
    """Write checksums of all files in a folder, and what else is to be recorded with them."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / CHECKSUMS_FILE)
    files = {}
    for path in paths:
        found = checksum_of(path.name, path.read_bytes()) if path.suffix in _TEXTS else _checksum_of_large(path)
        files[str(PurePosixPath(path.relative_to(folder)))] = found._asdict()
    table = json.dumps({**recorded, "files": files}, ensure_ascii=False, indent=2)
    (folder / CHECKSUMS_FILE).write_text(table, encoding="utf8")


def renew_checksums(folder: Path) -> None:
    """Write the checksums of a folder anew, if it has some."""
    if (folder / CHECKSUMS_FILE).is_file():
        recorded = json.loads((folder / CHECKSUMS_FILE).read_text(encoding="utf8"))
        recorded.pop("files", None)
        write_checksums(folder, recorded)


def checksum_of(name: str, data: bytes) -> Checksum:
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


def checksum_of_weights(file: BufferedIOBase, reading: "Future[dict[str, Tensor]]") -> Checksum | None:
    """None of what could not be read: whoever wants the weights is told."""
    with file:
        return None if reading.exception() else Checksum(*sha256_of(file, reading.result()))
