"""Progress of work that takes long: on the standard error, if that is a terminal, and gone when the work is done."""

import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO, Any, TypeVar

import tqdm

SHOWN_AFTER = 2.0  # seconds
_SECONDS_BETWEEN = 0.5

ItemT = TypeVar("ItemT")


def bar(
    title: str, total: float | None = None, unit: str = "Docs", *, file: IO[str] | None = None, **options: Any
) -> "tqdm.tqdm[None]":
    """A bar to be updated, and closed.

    total (float): Of what is counted; None if it is not known.
    file (IO): Where to; None for the standard error.
    options: Of tqdm.
    """
    shown: dict[str, Any] = {"unit": f" {unit}", "leave": False, "delay": SHOWN_AFTER, "disable": None, **options}
    return tqdm.tqdm(total=total, desc=title, file=sys.stderr if file is None else file, **shown)


def counted(items: Iterable[ItemT], title: str, total: float | None = None, unit: str = "Docs") -> Iterator[ItemT]:
    """The items, with a bar that counts those that are done."""
    with bar(title, total, unit) as progress:
        for item in items:
            yield item
            progress.update()


@contextmanager
def working(title: str) -> Iterator[None]:
    """Work that can't be counted: it is shown for how long it has been going on."""
    with tqdm.tqdm(bar_format="{desc}, {elapsed}", desc=title, leave=False, file=sys.stderr, **_HIDDEN) as progress:
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


_HIDDEN: dict[str, Any] = {"disable": None, "delay": 10**9}  # until somebody shows it


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
