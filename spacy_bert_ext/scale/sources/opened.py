"""A file that is read, and how far."""

import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedIOBase
from pathlib import Path
from typing import BinaryIO

from ...errors import Errors
from ...files.gzipped import GZIP_SIGN

_UTF16 = (b"\xff\xfe", b"\xfe\xff")
STDIN = "-"


class Opened:
    """place: Its name, for messages. stream: What is in it, decompressed.

    share: Of it that was read, from 0 to 1, where the file's own position says nothing.
    """

    def __init__(self, place: str, raw: BinaryIO, size: int) -> None:
        self.place, self.raw, self.size = place, raw, size
        is_gzipped = raw.peek(len(GZIP_SIGN)).startswith(GZIP_SIGN)  # type: ignore[attr-defined]
        self.stream: BufferedIOBase = gzip.GzipFile(fileobj=raw) if is_gzipped else raw  # type: ignore[assignment]
        self.share: float | None = None

    def read(self) -> int:
        """How many of its bytes, as they are on the disk."""
        if self.share is not None:
            return int(self.share * self.size)
        return self.raw.tell() if self.size else 0

    def head(self, n_bytes: int) -> bytes:
        """The first bytes of what is in it, which stay to be read."""
        found: bytes = self.stream.peek(n_bytes)[:n_bytes]  # type: ignore[attr-defined]
        return found

    def check_encoding(self) -> None:
        """RAISES (ValueError): It is UTF-16."""
        if self.head(2) in _UTF16:
            raise ValueError(Errors.B526.format(place=self.place, reason="it is UTF-16. Save it as UTF-8"))


@contextmanager
def opened(path: Path | None) -> Iterator[Opened]:
    """path: None for standard input.

    RAISES (OSError): It can't be opened. RAISES (ValueError): What is compressed in it is damaged.
    """
    place = "standard input" if path is None else str(path)
    try:
        if path is None:
            yield Opened(place, io.BufferedReader(sys.stdin.buffer), 0)  # type: ignore[type-var]
            return
        with path.open("rb") as raw:
            yield Opened(place, raw, path.stat().st_size)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(
            Errors.B526.format(place=place, reason=f"its compressed content is damaged: {error}")
        ) from error
