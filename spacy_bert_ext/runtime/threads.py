"""How many threads compute: the setting `threads`, for the calls of this package alone.

torch's own number, which other code of the program uses, is back when a call ends. In OpenMP it belongs to a Python
thread; torch also gives the number that was set last to Python threads that begin later.
"""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import torch

from ..settings import check_number, is_whole_number
from .cores import available_cores
from .forks import is_forked

AUTO = "auto"
Threads = str | int  # the setting


def check_threads(found: object) -> None:
    """RAISES (ValueError): Neither "auto" nor a whole number of 1 or more."""
    if found != AUTO:
        allowed = f'"{AUTO}", or a whole number of 1 or more'
        check_number("threads", found, lambda number: is_whole_number(number) and number >= 1, allowed)


def number_of_threads(setting: Threads | None) -> int:
    """What the setting means in this process, and in this Python thread.

    "auto" is the number that torch or the environment was told (`OMP_NUM_THREADS`, `torch.set_num_threads`), but no
    more than the process has cores. Processes of `multiprocessing` share the cores with others that nobody knows of: in
    them "auto" is 1. A forked process has 1 in any case, see `forks.py`.
    """
    if is_forked():
        return 1
    if setting is None or isinstance(setting, str):
        return min(_cores(), torch.get_num_threads())
    return setting


@contextmanager
def threads_set(setting: Threads | None) -> Iterator[None]:
    """Compute on as many threads as the setting says."""
    before, wanted = torch.get_num_threads(), number_of_threads(setting)
    if wanted == before:
        yield
        return
    torch.set_num_threads(wanted)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@cache
def _cores() -> int:
    return 1 if multiprocessing.parent_process() is not None else available_cores()
