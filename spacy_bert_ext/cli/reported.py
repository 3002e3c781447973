"""Errors and warnings of a command, in its own form: wrapped, but for the line that says where to read more."""

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from wasabi import Printer, msg

from ..messages.coded import parted


def fail(message: str, advice: str = "", *, printer: Printer = msg) -> NoReturn:
    """Print an error, and end the process with exit code 1."""
    print()
    show(printer.fail, message, advice)
    print()
    sys.exit(1)


def refuse_existing(path: str | Path, force: bool, *, printer: Printer = msg) -> None:
    """End the process if a file is there that may not be replaced."""
    if not force and Path(path).exists():
        printer.fail(f"{path} exists already: use --force to overwrite it", exits=1)


def show(print_: Callable[..., Any], title: str, text: str = "") -> None:
    """print_ (Callable): Such as `msg.warn`. title, text (str): One of them may be a message with a code."""
    (title, more), (text, more_of_text) = parted(title), parted(text)
    print_(title, text)
    if more or more_of_text:
        print(more or more_of_text)


@contextmanager
def warnings_in_lines() -> Iterator[None]:
    """Each is printed once, when the block ends, also by an error."""
    with warnings.catch_warnings(record=True) as caught:
        try:
            yield
        finally:
            for text in dict.fromkeys(str(warning.message) for warning in caught):
                show(msg.warn, text)
