"""Where saved files come from: a folder, or bytes in memory."""

import io
import os
import stat
from collections.abc import Mapping
from io import BufferedIOBase
from pathlib import Path, PurePosixPath
from typing import Protocol


class Contents(Protocol):
    """Where files come from."""

    def names(self) -> list[str]: ...

    def open(self, name: str) -> BufferedIOBase:
        """RAISES (OSError): It can't be opened, or is something else than a regular file in its folder."""


class FolderContents:
    """The regular files of a folder and of the folders in it. Nothing else is opened, nor anything outside of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        paths = [*self._folder.glob("*"), *self._folder.glob("*/*")]
        return sorted(str(PurePosixPath(path.relative_to(self._folder))) for path in paths if not path.is_dir())

    def open(self, name: str) -> BufferedIOBase:
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

    def open(self, name: str) -> BufferedIOBase:
        return io.BytesIO(self._files[name])
