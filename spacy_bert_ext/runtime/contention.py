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

from .cores import leave_core
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
SEEN_SECONDS, CALM_LOOKS = 0.2, 3  # of computation, while they sleep; and how often nobody must seem to take cores
# A second of processor time: how often somebody else takes a core from a process whose waiting threads sleep. Beside
# busy processes it was 2,000 to 7,000, on an idle machine below 50.
BUSY_SWITCHES = 200
BUSY_SHARE = 0.85  # of one core, below which a process that has always something to compute does not have one to itself


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

    move: Takes this Python thread to another core. Where it shares one with a busy process, and its threads, which
        sleep most of the time, have another nearly to themselves, the system takes that for balanced.

    is_contended: Whether waiting threads are told to sleep.
    """

    def __init__(
        self,
        control: Spinning | None,
        read: Callable[[], Clocks] = read_clocks,
        move: Callable[[], None] = leave_core,
    ) -> None:
        self._control, self._read, self._move = control, read, move
        self._lock = Lock()
        self.is_contended = False
        self._sleep = SHORTEST_SLEEP  # of the last contention
        self._calm = CALM_SECONDS  # since then
        self._since = read()  # when that began
        self._n_calm = 0  # looks in a row at which nobody seemed to take cores
        self._is_warm = False  # the first computations start threads and make kernels
        self._begin_to_judge()

    def _begin_to_judge(self) -> None:
        self._wall = self._large_wall = self._missing = self._own_missing = self._processor = 0.0
        self._n_switches = 0

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
                self._see_whether_it_is_over(before, after)
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
            self._since, self._n_calm = after, 0
            self.is_contended = True

    def _see_whether_it_is_over(self, before: Clocks, after: Clocks) -> None:
        self._wall += after.now - before.now
        self._processor += after.all - before.all
        self._n_switches += after.n_switches - before.n_switches
        if self._wall < SEEN_SECONDS:
            return
        is_preempted = self._n_switches > BUSY_SWITCHES * self._processor
        is_short = self._processor < BUSY_SHARE * self._wall
        self._begin_to_judge()
        if is_short and not is_preempted:
            self._move()
        self._n_calm = 0 if is_preempted or is_short else self._n_calm + 1
        seconds = after.now - self._since.now
        if seconds >= LONGEST_BUSY_SLEEP or (seconds >= self._sleep and self._n_calm >= CALM_LOOKS):
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
