"""How long a training takes, from the times of a few steps and evaluations; and how times are told."""

import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple

_MARGIN = 0.1  # of every estimate: a machine has other things to do, and its clock rate changes
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


class Duration(NamedTuple):
    """Seconds. lowest, highest: Between which most trainings end that go on as the measured steps did."""

    expected: float
    lowest: float
    highest: float

    def told(self) -> str:
        lowest, highest = told_seconds(self.lowest), told_seconds(self.highest)
        between = "" if lowest == highest else f", between {lowest} and {highest}"
        return f"{told_seconds(self.expected)}{between}"


def estimate(step_seconds: Sequence[float], n_steps: int, *, evaluation_seconds: float, n_evaluations: int) -> Duration:
    """Of a training.

    step_seconds (Sequence[float]): What some steps took, of batches that were drawn at random: one at least.
    evaluation_seconds (float): What an evaluation takes.
    """
    mean = statistics.fmean(step_seconds)
    # Batches differ in size, so that the mean of a few is uncertain: two standard errors of it on either side.
    n = len(step_seconds)
    error = 2 * statistics.stdev(step_seconds) / math.sqrt(n) if n > 1 else mean / 2
    evaluations = n_evaluations * evaluation_seconds
    return Duration(
        mean * n_steps + evaluations,
        (max(mean / 2, mean - error) * n_steps + evaluations) * (1 - _MARGIN),
        ((mean + error) * n_steps + evaluations) * (1 + _MARGIN),
    )


def told_seconds(seconds: float) -> str:
    """In the two largest units that it has: "45 s", "12 min 30 s", "1 h 20 min", "2 d 3 h". Minutes of more than ten
    are whole.
    """
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if 600 <= whole:
        whole = round(whole / 60) * 60
    if 86_400 <= whole:
        whole = round(whole / 3_600) * 3_600
    parts = []
    for size, unit in _UNITS:
        number, whole = divmod(whole, size)
        if number:
            parts.append(f"{number} {unit}")
    return " ".join(parts)
