"""Ctrl-C, and a system that ends processes: a training stops after a step, where its state can be saved."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)
EXIT_OF_SIGNALS = 128  # plus the signal's number, as shells have it: 130 after Ctrl-C

_WILL_STOP = "\nStopping after this step and its evaluation, then the state is saved. Once more stops at once.\n"


class Stopped(KeyboardInterrupt):
    """A training was stopped between two steps, and if it has a folder, its state is saved.

    n_steps: That were taken.
    """

    def __init__(self, n_steps: int) -> None:
        super().__init__(n_steps)
        self.n_steps = n_steps


class StoppedAtOnce(KeyboardInterrupt):
    """A training was stopped in the midst of a step, by a second signal, or before it began.

    n_steps_saved: After which it has saved its last state; None if it has saved none.
    """

    n_steps_saved: int | None = None


class StopRequest:
    """Whether somebody wants to stop.

    number: Of the signal; 0 if there was none.
    """

    def __init__(self) -> None:
        self.number = 0
        self._can_wait = False

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """For as long as a training looks after each step whether it is to stop."""
        self._can_wait = True
        try:
            yield
        finally:
            self._can_wait = False

    def note(self, number: int, frame: FrameType | None) -> None:
        """A handler of signals. RAISES (StoppedAtOnce): Nobody looks, or it is not the first one."""
        is_first, self.number = not self.number, number
        if not (is_first and self._can_wait):
            raise StoppedAtOnce
        # Not by `print`: the signal may have come while something else is printed.
        os.write(sys.__stderr__.fileno() if sys.__stderr__ else 2, _WILL_STOP.encode())


@contextmanager
def signals_noted(request: StopRequest) -> Iterator[None]:
    """Signals go to the request until the block ends; but none that is ignored, as Ctrl-C of a background process.

    Only in the main thread: Python gives others none.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heeded = [one for one in SIGNALS if signal.getsignal(one) is not signal.SIG_IGN]
    before: dict[signal.Signals, Any] = {one: signal.signal(one, request.note) for one in heeded}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
