"""Progress bars of steps that take long, on the standard error; they go when they are done."""

import sys

import tqdm


def bar(title: str, total: int, unit: str) -> "tqdm.tqdm[None]":
    return tqdm.tqdm(total=total, desc=title, unit=f" {unit}", leave=False, file=sys.stderr)


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
