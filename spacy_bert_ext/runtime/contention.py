"""Notices when other processes want the cores too, and has OpenMP give way for as long as they do.

While computations run, their threads compute or spin: their processor time is that of the clock, times their number,
unless somebody else has the cores. If a part of it is missing, waiting threads are told to sleep, see `spinning.py`,
and prediction takes as many threads as cores are left. Training keeps its number: its sums depend on it.
Then processor time says nothing any more: after a while all is as before, to see. On an idle machine sleeping threads
would cost a fifth of the time.
"""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from typing import NamedTuple

import torch

from .cores import leave_core
from .forks import Lock
from .spinning import Spinning, spinning
from .threads import threads_set

LARGE_PIECES = 256  # from which on all threads have something to do
JUDGED_SECONDS = 0.15  # of computation: what a daemon takes for 10 ms is nothing
MISSING_CORES, MISSING_CORES_PER_THREAD = 0.2, 0.02
MISSING_SHARE = 0.15  # of one thread's time
SHORTEST_SLEEP, LONGEST_SLEEP = 2.0, 30.0  # seconds until waiting threads spin again
CALM_SECONDS = 5.0  # of computation with the cores to ourselves, after which the last contention is forgotten
SEEN_SECONDS = 0.2  # of computation, while they sleep
BUSY_SHARE = 0.85  # of one core, below which a process that has always something to compute does not have one to itself


class Clocks(NamedTuple):
    """Seconds of the clock, of this thread's processor time, and of the process's."""

    now: float
    own: float
    all: float


def read_clocks() -> Clocks:
    return Clocks(time.perf_counter(), time.thread_time(), time.process_time())


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
        self._since = 0.0  # when that began
        self._calm = CALM_SECONDS  # of computation since then
        self._n_missing = 1  # cores
        self._is_warm = False  # the first computations start threads and make kernels
        self._begin_to_judge()

    def _begin_to_judge(self) -> None:
        self._wall = self._large_wall = self._missing = self._own_missing = self._processor = 0.0

    @contextmanager
    def watching(self, n_threads: int, n_pieces: int, *, fixed: bool) -> Iterator[None]:
        """Around a computation on the CPU.

        n_pieces (int): Padded ones, in all windows.
        fixed (bool): Whether the number of threads stays as it is.
        """
        if self._control is None:
            yield
            return
        before = self._read()
        with self._lock:
            if self.is_contended and before.now - self._since >= self._sleep:
                self.is_contended, self._calm = False, 0.0
                self._begin_to_judge()
            is_contended = self.is_contended
        if is_contended:
            self._control.stop(n_threads)
            with nullcontext() if fixed else threads_set(max(1, n_threads - self._n_missing)):
                yield
        else:
            self._control.begin()
            yield
        after = self._read()
        with self._lock:
            if is_contended and fixed:
                self._look(before, after)
            elif not (is_contended or self.is_contended):  # nor has another Python thread found it so meanwhile
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
        n_missing = math.ceil(self._missing / self._large_wall) if self._large_wall else 1
        self._calm += self._wall
        self._begin_to_judge()
        is_contended, self._is_warm = is_contended and self._is_warm, True
        if is_contended:
            self._sleep = SHORTEST_SLEEP if self._calm >= CALM_SECONDS else min(2 * self._sleep, LONGEST_SLEEP)
            self._since, self._n_missing = after.now, max(1, n_missing)
            self.is_contended = True

    def _look(self, before: Clocks, after: Clocks) -> None:
        """Move this thread if all of them together get less than a core."""
        self._wall += after.now - before.now
        self._processor += after.all - before.all
        if self._wall >= SEEN_SECONDS:
            is_short = self._processor < BUSY_SHARE * self._wall
            self._begin_to_judge()
            if is_short:
                self._move()


def watching(device: torch.device, n_pieces: int, *, fixed: bool) -> AbstractContextManager[None]:
    """Around a computation of this process, with the number of threads that is set now.

    fixed (bool): Whether this number stays as it is, also beside busy processes.
    """
    n_threads = torch.get_num_threads() if device.type == "cpu" else 1
    return nullcontext() if n_threads == 1 else watch().watching(n_threads, n_pieces, fixed=fixed)


@cache
def watch() -> Watch:
    """That of this process."""
    return Watch(spinning())
