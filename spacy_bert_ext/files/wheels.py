"""Wheels of packages in pure Python, written without pip, setuptools or a network.

Such a wheel is a zip archive of the package's files and of a folder that describes it:
https://packaging.python.org/en/latest/specifications/binary-distribution-format/
"""

import csv
import hashlib
import io
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from packaging.utils import canonicalize_name
from packaging.version import Version

_WHEEL = "Wheel-Version: 1.0\nGenerator: spacy-bert-ext\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
_DATE = (1980, 1, 1, 0, 0, 0)  # the same files make the same wheel; zip archives know no earlier one
_MODE = 0o100644
_CHUNK_BYTES = 2**20


class Description(NamedTuple):
    """What a wheel says of its package.

    version (str): By PEP 440.
    metadata, entry_points (str): The texts of these files. There may be no entry points.
    licenses (Mapping[str, bytes]): By path in the folder `licenses`.
    """

    name: str
    version: str
    metadata: str
    entry_points: str = ""
    licenses: Mapping[str, bytes] = {}


def wheel_name(name: str, version: str) -> str:
    """The name of the file. RAISES (packaging.version.InvalidVersion)."""
    return f"{_stem(name, version)}-py3-none-any.whl"


def write_wheel(
    folder: Path, description: Description, files: Mapping[str, Path], *, progress: Callable[[int], object]
) -> Path:
    """Write a wheel into a folder.

    files (Mapping[str, Path]): By path in the wheel, with "/" between its parts.
    progress (Callable[[int], object]): Called with the number of bytes that were read since the last call.
    RETURNS (Path): The wheel.
    """
    stem = _stem(description.name, description.version)
    texts = {"METADATA": description.metadata, "WHEEL": _WHEEL, "entry_points.txt": description.entry_points}
    described = {name: text.encode("utf8") for name, text in texts.items() if text}
    described |= {f"licenses/{name}": content for name, content in description.licenses.items()}
    rows: list[tuple[str, str, int | str]] = []
    path = folder / wheel_name(description.name, description.version)
    with ZipFile(path, "w") as archive:
        for name in sorted(files):
            rows.append((name, *_copy(archive, name, files[name], progress)))
        for name, content in described.items():
            place = f"{stem}.dist-info/{name}"
            archive.writestr(_entry(place), content)
            rows.append((place, _hash_text(hashlib.sha256(content).digest()), len(content)))
        record = f"{stem}.dist-info/RECORD"
        table = io.StringIO()
        csv.writer(table, lineterminator="\n").writerows([*rows, (record, "", "")])
        archive.writestr(_entry(record), table.getvalue().encode("utf8"))
    return path


def _stem(name: str, version: str) -> str:
    return f"{canonicalize_name(name).replace('-', '_')}-{Version(version)}"


def _copy(archive: ZipFile, name: str, file: Path, progress: Callable[[int], object]) -> tuple[str, int]:
    digest, n_bytes = hashlib.sha256(), 0
    with file.open("rb") as source, archive.open(_entry(name), "w", force_zip64=True) as target:
        while chunk := source.read(_CHUNK_BYTES):
            digest.update(chunk)
            target.write(chunk)
            n_bytes += len(chunk)
            progress(len(chunk))
    return _hash_text(digest.digest()), n_bytes


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, _DATE)
    entry.compress_type = ZIP_DEFLATED
    entry.external_attr = _MODE << 16
    return entry


def _hash_text(digest: bytes) -> str:
    return f"sha256={urlsafe_b64encode(digest).decode('ascii').rstrip('=')}"
