"""Weights that processes share: what a process has made before it forks, the new process need not make.

On Linux `nlp.pipe(n_process=...)` forks. Memory is common to both processes until one of them writes to it, so that
workers share all weights, if the copy that predicts is there before them.
"""

import os
from functools import cache
from typing import Protocol
from weakref import WeakSet


class Sharing(Protocol):
    def before_fork(self) -> None:
        """Make what the new process would make for itself."""


_sharing: WeakSet[Sharing] = WeakSet()


def share_with_forks(sharing: Sharing) -> None:
    """Call its `before_fork` whenever this process forks, as long as it exists."""
    _sharing.add(sharing)
    _register()


@cache
def _register() -> None:
    if hasattr(os, "register_at_fork"):  # not on Windows, which has no forks
        os.register_at_fork(before=_before_fork)


def _before_fork() -> None:
    for sharing in list(_sharing):
        sharing.before_fork()
