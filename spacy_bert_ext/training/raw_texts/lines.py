"""A file → its lines, read one by one; what is no text is told with its place."""

import zlib
from collections.abc import Iterator
from io import BufferedIOBase
from pathlib import Path
from typing import NamedTuple

from ...errors import Errors
from ...files.gzipped import open_plain

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_CONTINUES = range(0x80, 0xC0)  # bytes of UTF-8 with which no character begins


class Line(NamedTuple):
    """number: From 1 on. begins: Whether it is the line's first part."""

    number: int
    text: str
    begins: bool


def read_lines(path: Path, part_bytes: int | None) -> Iterator[Line]:
    r"""Lines of a UTF-8 file, which may be compressed by gzip. They end with "\n" or "\r\n", which is left out.

    part_bytes (int): A longer line comes in parts, cut after a blank if there is one; None for whole lines.
    RAISES (ValueError): The file can't be read, is damaged, or is no text.
    """
    number = 0
    try:
        with open_plain(path) as file:
            for number, raw, begins in _raw_lines(file, part_bytes):
                if number == 1 and begins:
                    raw = raw.removeprefix(_BYTE_ORDER_MARK)
                yield Line(number, _decode(path, number, raw), begins)
    except (EOFError, OSError, zlib.error) as error:
        raise ValueError(Errors.B403.format(place=f"{path}, after line {number}", reason=str(error))) from error


def _raw_lines(file: BufferedIOBase, part_bytes: int | None) -> Iterator[tuple[int, bytes, bool]]:
    number, begins, rest = 1, True, b""
    while True:
        read = file.readline(-1 if part_bytes is None else part_bytes)
        raw = rest + read
        if not raw:
            return
        if read.endswith(b"\n") or part_bytes is None or len(read) < part_bytes:
            yield number, raw.removesuffix(b"\n").removesuffix(b"\r"), begins
            number, begins, rest = number + 1, True, b""
        else:
            cut = _place_to_cut(raw)
            yield number, raw[:cut], begins
            begins, rest = False, raw[cut:]


def _place_to_cut(raw: bytes) -> int:
    """After the last blank or, without any, before the last character, which may be incomplete."""
    after_blank = raw.rfind(b" ") + 1
    if after_blank:
        return after_blank
    place = len(raw) - 1
    while place > max(1, len(raw) - 4) and raw[place] in _CONTINUES:
        place -= 1
    return place


def _decode(path: Path, number: int, raw: bytes) -> str:
    if b"\0" in raw:
        raise ValueError(Errors.B403.format(place=f"{path}, line {number}", reason="a NUL byte, as binary files have"))
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        reason = f"byte {raw[error.start]:#04x} is no UTF-8"
        raise ValueError(Errors.B403.format(place=f"{path}, line {number}", reason=reason)) from error
