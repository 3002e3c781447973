"""Rows as JSON lines, whatever values an input has given them."""

import base64
import json
import math
from collections.abc import Mapping
from typing import Any

from ..texts import readable


def json_line(row: Mapping[str, Any]) -> bytes:
    """Bytes become base64, what JSON does not know a text, and what is no number null."""
    try:
        line = json.dumps(row, ensure_ascii=False, allow_nan=False, default=_plain)
    except ValueError:  # nan
        line = json.dumps(_without_nan(row), ensure_ascii=False, allow_nan=False, default=_plain)
    return readable(line).encode("utf8") + b"\n"


def json_text(value: Any) -> str:
    return json_line(value).decode("utf8").rstrip("\n")


def _plain(value: Any) -> str:
    return base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else str(value)


def _without_nan(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: _without_nan(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(one) for one in value]
    return value
