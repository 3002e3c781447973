"""A folder and everything in it as bytes, and back."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

import srsly

from .errors import Errors


def folder_to_bytes(folder: Path) -> bytes:
    files = {
        str(PurePosixPath(file.relative_to(folder))): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }
    return srsly.msgpack_dumps(files)


def bytes_to_folder(data: bytes, folder: Path) -> None:
    """RAISES (ValueError): The data is damaged, or names a file outside of the folder."""
    try:
        files = dict(srsly.msgpack_loads(data))
    except (ValueError, TypeError) as error:
        raise ValueError(Errors.B030.format(name="component", path="bytes", reason=str(error) or "damaged")) from error
    for name, content in files.items():
        target = folder / str(name)
        if not target.resolve().is_relative_to(folder.resolve()):
            raise ValueError(Errors.B033.format(file=name))
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        except (OSError, TypeError) as error:
            raise ValueError(Errors.B030.format(name="component", path="bytes", reason=error)) from error


@contextmanager
def temporary_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="spacy-bert-ext-") as folder:
        yield Path(folder)
