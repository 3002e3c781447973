"""Tables in Markdown."""

from collections.abc import Iterable


def table_row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"
