"""Schedules of the learning rates: factors that rise in a warm-up, and then sink or stay."""

import math
import re
from collections.abc import Iterator
from functools import partial
from itertools import count, repeat
from numbers import Real
from typing import NamedTuple

from ..errors import Errors
from ..settings import check_number, check_whole_number, from_0_to_1

SHAPES = ("linear", "cosine", "constant")
_VARIABLE = re.compile(r"\$\{[^{}]+\}")  # of a config, that nobody has replaced


def create_warmup_v1(
    shape: str = "linear",
    warmup: Real = 0.1,  # type: ignore[assignment]  # of `int | float`, older versions of pydantic make 0 of 0.1, or 1.0 of 1
    total_steps: int | str | None = None,
    lowest: float = 0.0,
) -> Iterator[float]:
    """Factors of the learning rates, one per step: from 0 to 1 in a straight line, then down to `lowest`.

    A training loop of one's own has its own number of steps: `nlp.create_optimizer()`, and so `nlp.initialize()` and
    `nlp.resume_training()`, hand over `${training.max_steps}` as it stands in the config. The factor is 1 then, in
    every step.

    shape (str): How they sink: "linear"; "cosine" (half a wave, Loshchilov and Hutter 2017, "SGDR"); or "constant": not
        at all.
    warmup (Union[int, float]): Steps until the factor is 1, from 0 to below `total_steps`; or their share of all steps,
        in [0, 1).
    total_steps (Union[int, str]): Step from which on the factor is `lowest`; usually `${training.max_steps}`. null or
        0, for unknown, goes only with "constant" and a warm-up in steps.
    lowest (float): In [0, 1]. Not used by "constant".
    RAISES (ValueError): A number out of its range, an unknown shape, or steps that are needed and not known.
    """
    if shape not in SHAPES:
        raise ValueError(Errors.B010.format(found=shape, setting="shape", allowed=", ".join(SHAPES)))
    check_number("lowest", lowest, from_0_to_1, "from 0 to 1")
    if isinstance(total_steps, str):
        if not _VARIABLE.fullmatch(total_steps):
            raise ValueError(Errors.B012.format(setting="total_steps", found=total_steps, allowed="a number, or null"))
        return repeat(1.0)
    if total_steps is not None:
        check_whole_number("total_steps", total_steps, 0)
    given: object = warmup  # `Real` is but what pydantic is told
    is_share = isinstance(given, float)
    if not total_steps and (shape != "constant" or is_share):
        raise ValueError(Errors.B080.format(shape=shape, warmup=warmup, found=total_steps))
    end = total_steps or math.inf
    allowed = f"steps from 0 to below `total_steps = {total_steps}`, or a share from 0.0 to below 1.0"
    check_number("warmup", given, lambda x: 0 <= x < (1 if is_share else end), allowed)
    steps = float(warmup)
    if is_share:
        steps = min(round(steps * end), end - 1)
    return map(partial(_factor, Warmup(shape, steps, total_steps=end, lowest=lowest)), count())


class Warmup(NamedTuple):
    """steps, total_steps: Until the factor is 1, and from when on it is the lowest, which is never if infinite."""

    shape: str
    steps: float
    total_steps: float
    lowest: float


def _factor(warmup: Warmup, step: int) -> float:
    if step < warmup.steps:
        return step / warmup.steps
    if warmup.shape == "constant":
        return 1.0
    done = min(1.0, (step - warmup.steps) / (warmup.total_steps - warmup.steps))
    height = 1 - done if warmup.shape == "linear" else (1 + math.cos(math.pi * done)) / 2
    return warmup.lowest + (1 - warmup.lowest) * height
