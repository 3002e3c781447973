"""Files that may be compressed by gzip: the first bytes tell it, not the name."""

import gzip
from io import BufferedIOBase
from pathlib import Path

GZIP_SIGN = b"\x1f\x8b"


def open_plain(path: Path) -> BufferedIOBase:
    """A file, decompressed as it is read.

    RAISES (OSError): It can't be opened. What reads it raises `EOFError`, `OSError` or `zlib.error` of damaged gzip.
    """
    file = path.open("rb")
    if file.peek(len(GZIP_SIGN)).startswith(GZIP_SIGN):
        file.close()
        return gzip.open(path, "rb")
    return file
