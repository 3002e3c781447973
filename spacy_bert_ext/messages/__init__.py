"""The entries of message codes: cause, example and remedy of each, in one Markdown file for each theme.

`python -m spacy bert help CODE` prints an entry; `docs/write_messages.py` writes all of them to docs/troubleshooting.
"""

import re
from pathlib import Path

FOLDER = Path(__file__).parent
_ENTRY = re.compile(r"^## (B\d{3})\n.*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def pages() -> dict[str, str]:
    """The text of each theme, by its name."""
    return {path.stem: path.read_text(encoding="utf8") for path in sorted(FOLDER.glob("*.md"))}


def entries(page: str) -> dict[str, str]:
    """The entries of a theme's text, by their codes."""
    return {found[1]: found[0].strip() for found in _ENTRY.finditer(page)}


def entry(code: str) -> str | None:
    """The entry of a code such as B001, in Markdown; None if there is no such code."""
    return next((found[code] for found in map(entries, pages().values()) if code in found), None)


def codes() -> list[str]:
    """The codes that have an entry, by their numbers."""
    return sorted(code for page in pages().values() for code in entries(page))
