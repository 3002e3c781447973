"""Notices when other processes want the cores too, and has waiting threads of OpenMP sleep as long as they do.

While computations run, their threads compute or spin: their processor time is that of the clock, times their number,
unless somebody else has the cores. If a part of it is missing, waiting threads are told to sleep, see `spinning.py`.
Then processor time says nothing any more: after a while they are told to spin again, to see. On an idle machine
sleeping threads would cost a fifth of the time.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from typing import NamedTuple

import torch

from .forks import Lock
from .spinning import Spinning, spinning

if sys.platform != "win32":
    import resource

LARGE_PIECES = 256  # from which on all threads have something to do
JUDGED_SECONDS = 0.05  # of computation
MISSING_CORES, MISSING_CORES_PER_THREAD = 0.2, 0.02
MISSING_SHARE = 0.15  # of one thread's time
SHORTEST_SLEEP, LONGEST_SLEEP = 2.0, 30.0  # seconds until waiting threads spin again, if nobody seems to take cores
LONGEST_BUSY_SLEEP = 300.0  # the same while somebody seems to
CALM_SECONDS = 5.0  # of computation with the cores to ourselves, after which the last contention is forgotten
# A second of processor time: how often somebody else takes a core from a process whose waiting threads sleep. Beside
# busy processes it was 2,000 to 7,000, on an idle machine below 50.
BUSY_SWITCHES, SWITCHES_SECONDS = 200, 0.5


class Clocks(NamedTuple):
    """Seconds of the clock, of this thread's processor time, and of the process's.

    n_switches: How often somebody else took a core from the process; -1 where the system doesn't tell.
    """

    now: float
    own: float
    all: float
    n_switches: int


def read_clocks() -> Clocks:
    n_switches = -1 if sys.platform == "win32" else resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw
    return Clocks(time.perf_counter(), time.thread_time(), time.process_time(), n_switches)


class Watch:
    """The decision, for the whole process.

    is_contended: Whether waiting threads are told to sleep.
    """

    def __init__(self, control: Spinning | None, read: Callable[[], Clocks] = read_clocks) -> None:
        self._control, self._read = control, read
        self._lock = Lock()
        self.is_contended = False
        self._sleep = SHORTEST_SLEEP  # of the last contention
        self._calm = CALM_SECONDS  # since then
        self._since = self._counted = read()  # when that began; when taken cores were last counted
        self._is_warm = False  # the first computations start threads and make kernels
        self._begin_to_judge()

    def _begin_to_judge(self) -> None:
        self._wall = self._large_wall = self._missing = self._own_missing = 0.0

    @contextmanager
    def watching(self, n_threads: int, n_pieces: int) -> Iterator[None]:
        """Around a computation on the CPU.

        n_pieces (int): Padded ones, in all windows.
        """
        if self._control is None:
            yield
            return
        if self.is_contended:
            self._control.stop(n_threads)
        else:
            self._control.begin()
        before = self._read()
        yield
        after = self._read()
        with self._lock:
            if self.is_contended:
                self._see_whether_it_is_over(after)
            else:
                self._judge(before, after, n_threads, n_pieces)

    def _judge(self, before: Clocks, after: Clocks, n_threads: int, n_pieces: int) -> None:
        wall = after.now - before.now
        self._wall += wall
        self._own_missing += wall - (after.own - before.own)
        if n_pieces >= LARGE_PIECES:
            self._large_wall += wall
            self._missing += n_threads * wall - (after.all - before.all)
        if self._wall < JUDGED_SECONDS:
            return
        allowed = (MISSING_CORES + MISSING_CORES_PER_THREAD * n_threads) * self._large_wall
        is_contended = self._own_missing > MISSING_SHARE * self._wall or self._missing > allowed
        self._calm += self._wall
        self._begin_to_judge()
        is_contended, self._is_warm = is_contended and self._is_warm, True
        if is_contended:
            self._sleep = SHORTEST_SLEEP if self._calm >= CALM_SECONDS else min(2 * self._sleep, LONGEST_SLEEP)
            self._since = self._counted = after
            self.is_contended = True

    def _see_whether_it_is_over(self, now: Clocks) -> None:
        seconds = now.now - self._since.now
        processor_seconds = now.all - self._counted.all
        if processor_seconds < SWITCHES_SECONDS:
            return
        is_busy = now.n_switches - self._counted.n_switches > BUSY_SWITCHES * processor_seconds
        self._counted = now
        if seconds >= LONGEST_BUSY_SLEEP or (seconds >= self._sleep and not is_busy):
            self.is_contended = False
            self._calm = 0.0


def watching(device: torch.device, n_pieces: int) -> AbstractContextManager[None]:
    """Around a computation of this process, with the number of threads that is set now."""
    n_threads = torch.get_num_threads() if device.type == "cpu" else 1
    return nullcontext() if n_threads == 1 else watch().watching(n_threads, n_pieces)


@cache
def watch() -> Watch:
    """That of this process."""
    return Watch(spinning())
