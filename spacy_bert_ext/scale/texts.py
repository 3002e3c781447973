"""What stands in a column of texts, and why some of it is none."""

import math
import re
from typing import NamedTuple

_SURROGATE = re.compile("[\ud800-\udfff]")


class Checked(NamedTuple):
    """fault: Why there is no text to annotate; None if there is."""

    text: str
    fault: str | None = None


def checked(value: object, max_chars: int) -> Checked:
    """The text that a value is. Bytes are read as UTF-8.

    max_chars (int): Of a text, at most.
    """
    if isinstance(value, bytes):
        try:
            value = value.decode("utf8")
        except UnicodeDecodeError as error:
            return Checked("", f"no UTF-8: byte {value[error.start]:#04x} at byte {error.start}")
    if not isinstance(value, str):
        return Checked("", _no_text(value))
    if len(value) > max_chars:
        return Checked("", f"too long: {len(value):,} characters, of {max_chars:,} at most (`max_chars`)")
    if not value.isascii() and (found := _SURROGATE.search(value)):
        return Checked("", f"no UTF-8: {_told(found.group())} at character {found.start()}")
    return Checked(str(value))


def _told(surrogate: str) -> str:
    """Files are decoded so that a byte that is no UTF-8 becomes such a character."""
    code = ord(surrogate)
    return f"byte {code - 0xDC00:#04x}" if 0xDC80 <= code <= 0xDCFF else "half of a surrogate pair"


def readable(text: str) -> str:
    """The text with U+FFFD in the place of what is no Unicode, so that it can be written."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def _no_text(value: object) -> str:
    if value is None or type(value).__name__ in ("NAType", "NaTType") or _is_nan(value):
        return "no text: the value is missing"
    return f"no text, but of type {type(value).__name__}: {str(value)[:40]}"


def _is_nan(value: object) -> bool:
    try:
        return math.isnan(value)  # type: ignore[arg-type]  # numpy's numbers, too
    except TypeError:
        return False
