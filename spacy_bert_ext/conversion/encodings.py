"""A file → its text, decoded as it is read; what is no text is told with its line."""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from ..errors import Errors
from ..files.gzipped import open_plain

_CHUNK_BYTES = 2**16
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_PICKLE_ENDINGS = (".pkl", ".pickle")
# First bytes of files that are no text, what they are, and what to do.
_OTHERS = (
    (b"PK\x03\x04", "a ZIP file, such as an Excel workbook", "Save a workbook as CSV UTF-8, or unpack the file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "Save it as CSV UTF-8"),
    (b"PAR1", "a Parquet file", "Write it as CSV or JSON lines, such as with `DataFrame.to_json(lines=True)`"),
    (b"ARROW1", "an Arrow file", "Give the folder that `save_to_disk` of the library datasets has written"),
)


@contextmanager
def open_text(path: Path, encoding: str | None = None) -> Iterator[TextIO]:
    r"""The text of a file, which may be compressed by gzip. Ends of lines stay as they are, such as "\r\n".

    encoding: As Python names it; None for UTF-8, or UTF-16 with a byte order mark. A mark is no part of the text.
    RAISES (ValueError): While it is read, too: it is no text, is damaged, or has another encoding.
    RAISES (OSError): There is no such file.
    """
    with open_plain(path) as file:
        try:
            head = file.read(_CHUNK_BYTES)
            check_is_text(path, head)
            file.seek(0)
            name = _encoding_of(path, head, encoding)
            # Iterated, it would end lines at no other characters than these three: "\n", "\r", "\r\n".
            with io.TextIOWrapper(file, encoding=name, newline="") as text:  # type: ignore[type-var]
                yield text
        except UnicodeDecodeError as error:
            raise _wrong_encoding(path, name) from error
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ValueError(Errors.B475.format(place=path, reason=str(error))) from error


def read_lines(path: Path, encoding: str | None = None) -> Iterator[str]:
    """Lines without their ends. RAISES: As `open_text`."""
    with open_text(path, encoding) as text:
        for line in text:
            yield line.rstrip("\r\n")


def read_text(path: Path, encoding: str | None = None) -> str:
    """All of a file at once. RAISES: As `open_text`."""
    with open_text(path, encoding) as text:
        return text.read()


def check_is_text(path: Path, head: bytes) -> None:
    """RAISES (ValueError): The first bytes, or the name, are those of something else. Pickles are never opened."""
    is_pickle = path.suffix.lower() in _PICKLE_ENDINGS or (head[:1] == b"\x80" and head[1:2] in b"\2\3\4\5")
    if is_pickle:
        kind = "a pickle, which can run any code when it is opened"
        advice = "Write the data as CSV or JSON lines instead, such as with `DataFrame.to_csv`"
        raise ValueError(Errors.B502.format(path=path, kind=kind, advice=advice))
    found = next(((kind, advice) for sign, kind, advice in _OTHERS if head.startswith(sign)), None)
    if found is not None:
        raise ValueError(Errors.B502.format(path=path, kind=found[0], advice=found[1]))


def _encoding_of(path: Path, head: bytes, encoding: str | None) -> str:
    marked = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    if encoding is not None:
        try:
            known = codecs.lookup(encoding).name
        except LookupError as error:
            raise ValueError(Errors.B504.format(found=encoding)) from error
        same = marked is not None and known.startswith(marked.removesuffix("-sig"))
        return marked if same and marked is not None else known
    if marked is None and b"\0" in head[:64]:
        name = "utf-16-le" if head[1:2] == b"\0" else "utf-16-be"
        raise ValueError(Errors.B503.format(place=f"{path}, line 1", reason="it has zero bytes", likely=name))
    return marked or "utf-8"


def _wrong_encoding(path: Path, name: str) -> ValueError:
    """The error with the line: the text comes in chunks, so that it is searched anew for its first wrong byte."""
    decoder = codecs.getincrementaldecoder(name)()
    line, reason = 1, "it ends within a character"
    with open_plain(path) as file:
        while chunk := file.read(_CHUNK_BYTES):
            try:
                line += decoder.decode(chunk).count("\n")
            except UnicodeDecodeError as error:
                line += error.object[: error.start].decode(name, errors="ignore").count("\n")
                reason = f"byte {error.object[error.start]:#04x} is no {name.removesuffix('-sig').upper()}"
                break
    return ValueError(Errors.B503.format(place=f"{path}, line {line}", reason=reason, likely="latin-1"))
