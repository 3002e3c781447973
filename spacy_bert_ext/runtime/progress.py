"""Progress of work that takes long: on the standard error, if that is a terminal, or in a notebook. It is gone when the
work is done.
"""

import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, Any, TypeVar

import tqdm

from .notebook import NotebookBar, in_notebook

SHOWN_AFTER = 2.0  # seconds
_SECONDS_BETWEEN = 0.5
_UNTIL_SHOWN = 10**9  # seconds: until somebody shows it

ItemT = TypeVar("ItemT")


def bar(
    title: str, total: float | None = None, unit: str = "Docs", *, file: IO[str] | None = None, **options: Any
) -> "tqdm.tqdm[None]":
    """A bar to be updated, and closed.

    total (float): Of what is counted; None if it is not known.
    file (IO): Where to; None for the standard error. In a notebook, the standard error stands for the cell's output.
    options: Of tqdm.
    """
    return _made(file, {"total": total, "desc": title, "unit": f" {unit}", "delay": SHOWN_AFTER, **options})


def _made(file: IO[str] | None, options: dict[str, Any]) -> "tqdm.tqdm[None]":
    shown = {"leave": False, "disable": None, **options}
    if file in (None, sys.stderr) and in_notebook():
        return NotebookBar(**{**shown, "disable": bool(shown["disable"])})
    return tqdm.tqdm(file=sys.stderr if file is None else file, **shown)


def counted(items: Iterable[ItemT], title: str, total: float | None = None, unit: str = "Docs") -> Iterator[ItemT]:
    """The items, with a bar that counts those that are done."""
    with bar(title, total, unit) as progress:
        for item in items:
            yield item
            progress.update()


@contextmanager
def working(title: str) -> Iterator[None]:
    """Work that can't be counted: it is shown for how long it has been going on."""
    hidden = {"bar_format": "{desc}, {elapsed}", "desc": title, "delay": _UNTIL_SHOWN}
    with _made(None, hidden) as progress:
        done = threading.Event()

        def show() -> None:
            seconds = SHOWN_AFTER
            while not done.wait(seconds):
                progress.delay = 0
                progress.refresh()
                seconds = _SECONDS_BETWEEN

        shower = threading.Thread(target=show, daemon=True)
        if not progress.disable:
            shower.start()
        try:
            yield
        finally:
            done.set()
            if shower.is_alive():
                shower.join()


class Bars:
    """A bar for each step of a work that tells what it does, how much of it is done, and how much there is.

    To be closed, see `contextlib.closing`.
    """

    def __init__(self) -> None:
        self._bar: tqdm.tqdm[None] | None = None
        self._title = ""

    def __call__(self, title: str, done: int, total: int) -> None:
        if self._bar is None or title != self._title:
            self.close()
            self._bar, self._title = bar(title, total, "steps"), title
        self._bar.update(done - self._bar.n)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
