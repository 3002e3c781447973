"""The beginning of a file, by which its format is recognised."""

import codecs
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from ...files.gzipped import open_plain
from ..encodings import check_is_text

HEAD_BYTES = 2**18
_BLANKS = " \t\r\n\ufeff"


class JsonHead(NamedTuple):
    """first: The first value, or the first item of a list. in_list: Whether it is an item. after: What follows it."""

    first: Any
    in_list: bool
    after: str

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(self.first) if isinstance(self.first, Mapping) else frozenset()


def read_head(path: Path) -> bytes:
    """The first bytes of a file, decompressed. RAISES (ValueError): It is no text. RAISES (OSError): No file."""
    with open_plain(path) as file:
        head = file.read(HEAD_BYTES)
    check_is_text(path, head)
    return head


@lru_cache(maxsize=1)
def json_head(head: bytes) -> JsonHead | None:
    """None if it does not begin as JSON does."""
    text = head_text(head).lstrip(_BLANKS)
    in_list = text.startswith("[")
    if in_list:
        text = text[1:].lstrip(_BLANKS)
    try:
        first, end = json.JSONDecoder().raw_decode(text)
    except (json.JSONDecodeError, RecursionError):
        first, end = _cut(text), len(text)
    return None if first is None else JsonHead(first, in_list, text[end:].lstrip(_BLANKS))


def head_text(head: bytes) -> str:
    """As far as it can be decoded."""
    is_wide = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return head.decode("utf-16" if is_wide else "utf-8-sig", errors="ignore")


def _cut(text: str) -> dict[str, Any] | None:
    """The first keys of an object that the head does not hold all of; those with values that it holds."""
    decoder = json.JSONDecoder()
    found: dict[str, Any] = {}
    at = 1 if text.startswith("{") else len(text)
    while at < len(text):
        try:
            at += len(text[at:]) - len(text[at:].lstrip(_BLANKS + ","))
            key, at = decoder.raw_decode(text, at)
            found[str(key)] = None
            at += len(text[at:]) - len(text[at:].lstrip(_BLANKS + ":"))
            found[str(key)], at = decoder.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError):
            break
    return found or None
