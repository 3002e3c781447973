"""Ends a benchmark with one line instead of a traceback."""

import sys
from pathlib import Path


def require(path: Path, command: str) -> Path:
    """The path, if it is there; else the program ends and names the command that makes it."""
    if not path.exists():
        sys.exit(f"No {path}: run `{command}` first")
    return path
