"""Processes on this machine, by `concurrent.futures`."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from multiprocessing.queues import Queue

from ...errors import Errors
from ..pending import Pending
from ..rows import Chunk
from ..work import Done, Work
from .engine import Engine

WAITING = 2  # chunks for each worker that are read ahead


class Processes(Engine):
    """Each loads the pipeline for itself: CUDA does not work in a fork. `threads = "auto"` is 1 in them.

    devices: Of torch, which the workers take in turns; none leaves them to the pipeline.
    """

    def __init__(self, n_workers: int, devices: Sequence[str] = ()) -> None:
        self.n_workers, self.devices = n_workers, tuple(devices)

    def run(self, work: Work, pending: Pending) -> Generator[Done, None, None]:
        context = multiprocessing.get_context("spawn")
        devices = context.Queue()
        for i in range(self.n_workers):
            devices.put(self.devices[i % len(self.devices)] if self.devices else None)
        others = set(multiprocessing.active_children())
        pool = ProcessPoolExecutor(self.n_workers, context, _begin, (work, devices))
        waiting: deque[Future[Done]] = deque()
        is_done = False
        try:
            for chunk in pending.chunks():
                waiting.append(pool.submit(_do, chunk))
                while len(waiting) >= WAITING * self.n_workers or (waiting and waiting[0].done()):
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
            is_done = True
        except BrokenProcessPool as error:
            raise ValueError(Errors.B530.format(n_workers=self.n_workers)) from error
        finally:
            if not is_done:  # nobody wants the chunks that workers are at, which may take minutes
                for worker in set(multiprocessing.active_children()) - others:
                    worker.terminate()
            pool.shutdown(cancel_futures=True)


class _Worker:
    """What this process does, if it is one of the workers."""

    work: Work | None = None


def _begin(work: Work, devices: "Queue[str | None]") -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the first process hears it, and ends the others
    threading.Thread(target=_end_with_parent, daemon=True).start()
    device = devices.get()
    if device is not None:
        work.annotate.device = device
    _Worker.work = work


def _do(chunk: Chunk) -> Done:
    if _Worker.work is None:
        raise RuntimeError("a worker was asked before it was told what to do")
    return _Worker.work(chunk)


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
