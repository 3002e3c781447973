"""What forked processes inherit: weights that they need not make anew, and threads that they don't have.

On Linux `nlp.pipe(n_process=...)` forks. Memory is common to both processes until one of them writes to it, so that
workers share all weights, if the copy that predicts is there before them.

Of all threads a fork has but the one that forked. Where the parent computed on several, OpenMP waits in the fork for
the others, for ever: a fork computes on one. A lock that another thread held would never be released: here it is free.
"""

import os
import threading
from functools import cache
from typing import Protocol
from weakref import WeakSet

import torch

from ..errors import Errors


class Sharing(Protocol):
    def before_fork(self) -> None:
        """Make what the new process would make for itself."""


class Lock:
    """A lock that is free in a forked process, and in a copy."""

    def __init__(self) -> None:
        self.renew()
        _locks.add(self)
        _register()

    def renew(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *error: object) -> None:
        self._lock.release()

    def __reduce__(self) -> tuple[type["Lock"], tuple[()]]:
        return (Lock, ())


_sharing: WeakSet[Sharing] = WeakSet()
_locks: WeakSet[Lock] = WeakSet()
_forked = threading.Event()  # in this process


def share_with_forks(sharing: Sharing) -> None:
    """Call its `before_fork` whenever this process forks, as long as it exists."""
    _sharing.add(sharing)
    _register()


def is_forked() -> bool:
    """Whether this process is a fork of one that had something of this package."""
    return _forked.is_set()


def check_not_forked_on_gpu(device: torch.device) -> None:
    """RAISES (RuntimeError): Weights on a GPU were inherited by a fork, which can't use it."""
    # In such a process CUDA says that it is not there, although tensors are on it.
    if device.type == "cuda" and not torch.cuda.is_initialized():
        raise RuntimeError(Errors.B112.format(device=device))


@cache
def _register() -> None:
    if hasattr(os, "register_at_fork"):  # not on Windows, which has no forks
        os.register_at_fork(before=_before_fork, after_in_child=_in_fork)


def _before_fork() -> None:
    for sharing in list(_sharing):
        sharing.before_fork()


def _in_fork() -> None:
    _forked.set()
    torch.set_num_threads(1)
    for lock in list(_locks):
        lock.renew()
