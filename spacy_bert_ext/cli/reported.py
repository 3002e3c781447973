"""Warnings of a command, in its own form."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from wasabi import msg


@contextmanager
def warnings_in_lines() -> Iterator[None]:
    """Each is printed once, when the block ends, also by an error."""
    with warnings.catch_warnings(record=True) as caught:
        try:
            yield
        finally:
            for text in dict.fromkeys(str(warning.message) for warning in caught):
                msg.warn(text)
