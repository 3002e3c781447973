"""A folder and everything in it as bytes, and back."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath

import srsly

from ..errors import Errors


def folder_to_bytes(folder: Path) -> bytes:
    files = {
        str(PurePosixPath(file.relative_to(folder))): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }
    data: bytes = srsly.msgpack_dumps(files)
    return data


def bytes_to_files(data: bytes) -> dict[str, bytes]:
    """RAISES (ValueError): The data is damaged, or names a file outside of the folder."""
    try:
        files = dict(srsly.msgpack_loads(data))
    except (ValueError, TypeError, RecursionError) as error:
        raise _damaged(str(error) or "damaged") from error
    for name, content in files.items():
        if not isinstance(name, str) or not isinstance(content, bytes):
            raise _damaged("it holds something else than files")
        for path in (PurePosixPath(name), PureWindowsPath(name)):
            if path.anchor or ".." in path.parts:
                raise ValueError(Errors.B033.format(file=name))
    return files


def write_files(files: Mapping[str, bytes], folder: Path) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def _damaged(reason: str) -> ValueError:
    return ValueError(Errors.B030.format(name="component", path="bytes", reason=reason))


@contextmanager
def temporary_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="spacy-bert-ext-") as folder:
        yield Path(folder)
