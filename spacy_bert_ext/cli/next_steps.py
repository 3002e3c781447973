"""Lines with the commands that usually follow a command, as one would type them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_IS_STEP = ContextVar("is_step", default=False)


@contextmanager
def as_step() -> Iterator[None]:
    """Commands within are steps of another one, which goes on by itself: they tell no next steps."""
    token = _IS_STEP.set(True)
    try:
        yield
    finally:
        _IS_STEP.reset(token)


def tell_next_steps(lines: Iterable[str]) -> None:
    if not _IS_STEP.get():
        print("\n".join(lines))
