"""Tells once that a training has become slow because other processes want the cores."""

import os
import warnings

from ..errors import Warnings
from ..runtime.cores import available_cores

SLOW = 0.5  # of its own best words per second
EXCESS_LOAD = 0.5  # processes that want to run, above the number of cores: our own threads are no more than these


class Slowness:
    def __init__(self) -> None:
        self._best = 0.0
        self._is_told = False

    def note(self, words_per_second: float | None) -> None:
        """words_per_second (float): Between two evaluations, if it is known. Warns once if it is slow and load high."""
        if words_per_second is None or self._is_told:
            return
        self._best = max(self._best, words_per_second)
        load, cores = load_of_machine(), available_cores()
        if words_per_second < SLOW * self._best and load is not None and load > cores + EXCESS_LOAD:
            self._is_told = True
            warnings.warn(Warnings.B340.format(now=words_per_second, best=self._best, load=load, cores=cores))


def load_of_machine() -> float | None:
    """How many threads wanted to run, as a mean of the last minute; None where the system does not tell."""
    try:
        return os.getloadavg()[0]
    except (AttributeError, OSError):
        return None
