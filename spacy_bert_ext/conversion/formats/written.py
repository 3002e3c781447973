"""JSON files that are written value by value."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def write_lines(path: Path, values: Iterable[Any]) -> None:
    """JSON lines."""
    with path.open("w", encoding="utf8", newline="\n") as file:
        for value in values:
            file.write(json.dumps(value, ensure_ascii=False) + "\n")


def write_list(path: Path, values: Iterable[Any]) -> None:
    """A list, with an item a line."""
    with path.open("w", encoding="utf8", newline="\n") as file:
        before = "[\n"
        for value in values:
            file.write(before + json.dumps(value, ensure_ascii=False))
            before = ",\n"
        file.write("\n]\n" if before == ",\n" else "[]\n")


def without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
