"""Whether waiting threads of OpenMP spin or sleep. It changes times, and no number.

Threads that wait for the others spin, for milliseconds, so that they go on at once. Where other processes want the
cores too, a spinning thread takes its core from the very thread that it waits for. How OpenMP waits is set by the
environment, which it reads when torch is loaded: nobody can set that later. But:

- GNU's OpenMP (torch on Linux) lets waiting threads spin hardly at all while it has more threads than there are cores.
  A thread that has had it start some, and then sleeps, keeps them; they cost nothing but a little memory.
- LLVM's and Intel's (torch on macOS and Windows) has a function that sets how long a thread spins.

Both are left as they are if the environment says how to wait.
"""

import atexit
import ctypes
import os
import threading
from functools import cache
from pathlib import Path
from typing import Protocol

import torch

from .forks import Lock

WAIT_VARIABLES = ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")
THREAD_NAME = "spacy-bert-ext-waiting"
MAX_HELD_THREADS = 16  # more are not started only to sleep


class Spinning(Protocol):
    """What can be told to OpenMP."""

    def stop(self, n_threads: int) -> None:
        """Have waiting threads sleep, where a computation has this many threads. May be called again and again."""

    def begin(self) -> None:
        """Have them spin again."""


class GnuSpinning:
    """library: With the functions of the OpenMP that torch has loaded."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        self._lock = Lock()
        self._forget()
        atexit.register(self.begin)
        if hasattr(os, "register_at_fork"):  # a fork has neither the thread nor those that it holds
            os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        self._thread: threading.Thread | None = None
        self._over = threading.Event()

    def stop(self, n_threads: int) -> None:
        needed = max(2, self._library.omp_get_num_procs() - n_threads + 2)
        if self._thread is not None or needed > MAX_HELD_THREADS:
            return
        with self._lock:
            if self._thread is None:
                held = threading.Event()
                arguments = (needed, held, self._over)
                thread = threading.Thread(target=self._hold, args=arguments, name=THREAD_NAME, daemon=True)
                try:
                    thread.start()
                except RuntimeError:  # the system has no thread left, or Python is about to end: they spin on
                    return
                self._thread = thread
                held.wait()

    def begin(self) -> None:
        if self._thread is None:
            return
        with self._lock:
            thread = self._thread
            self._over.set()
            self._forget()
        if thread is not None:
            thread.join()

    def _hold(self, n_threads: int, held: threading.Event, over: threading.Event) -> None:
        # What GCC makes of `#pragma omp parallel`: call a function that does nothing in each of n threads. They stay
        # until this Python thread ends.
        self._library.GOMP_parallel(self._library.omp_get_thread_num, None, ctypes.c_uint(n_threads), ctypes.c_uint(0))
        held.set()
        over.wait()


class LlvmSpinning:
    """Times are set for each Python thread by itself, those of one in which `stop` is called."""

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        self._before = threading.local()

    def stop(self, n_threads: int) -> None:
        if not hasattr(self._before, "milliseconds"):
            self._before.milliseconds = self._library.kmp_get_blocktime()
            self._library.kmp_set_blocktime(0)

    def begin(self) -> None:
        if hasattr(self._before, "milliseconds"):
            self._library.kmp_set_blocktime(self._before.milliseconds)
            del self._before.milliseconds


@cache
def spinning() -> Spinning | None:
    """Of torch's OpenMP; None if it is another one, or if the environment says how to wait."""
    if any(variable in os.environ for variable in WAIT_VARIABLES):
        return None
    for find in (_preloaded, _of_torch):
        library = find()
        if library is not None and hasattr(library, "kmp_set_blocktime"):
            return LlvmSpinning(library)
        if library is not None and hasattr(library, "GOMP_parallel"):
            return GnuSpinning(library)
    return None


def _preloaded() -> ctypes.CDLL | None:
    """What the program itself has loaded, such as by LD_PRELOAD: torch takes its functions before its own."""
    return None if os.name == "nt" else _loaded(None)


def _of_torch() -> ctypes.CDLL | None:
    """torch's library of the CPU: functions are looked up in it and in those that it needs."""
    folder = Path(torch.__file__).parent / "lib"
    paths = (folder / name for name in ("libtorch_cpu.so", "libtorch_cpu.dylib", "libiomp5md.dll"))
    found = next((path for path in paths if path.exists()), None)
    return None if found is None else _loaded(str(found))


def _loaded(name: str | None) -> ctypes.CDLL | None:
    try:
        return ctypes.CDLL(name)
    except OSError:
        return None
