"""Rows of a training's log → panels: curves that share an axis."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeGuard

from ...training.log_rows import Row
from ...training.shown_scores import shown_score

Points = list[tuple[int, float]]  # number of the step, value

_RATES = {"encoder_learn_rate": "learning rate of the encoder", "head_learn_rate": "learning rate of the heads"}
_WIDE = 30  # largest by smallest value from which an axis is logarithmic
_N_TICKS = 5


class Panel(NamedTuple):
    """best: Number of the step with the best score; only beside scores.

    from_zero: Whether its axis begins there.
    is_logarithmic: Whether its axis is.
    """

    title: str
    curves: dict[str, Points]
    best: int | None = None
    from_zero: bool = False
    is_logarithmic: bool = False

    def ticks(self) -> list[float]:
        """Of its axis, which ends at the first and the last one."""
        values = [value for points in self.curves.values() for _, value in points]
        if self.is_logarithmic:
            return logarithmic_ticks(min(values), max(values))
        return linear_ticks(0.0 if self.from_zero else min(values), max(values))


def panels_of(rows: Sequence[Row]) -> list[Panel]:
    """Loss, scores, learning rates and speed, as far as the rows have them.

    Losses are the mean of the steps since the evaluation before. The score of the pipeline is shown beside those that
    it is made of, if these are several.
    """
    shown = ({name: score for name, score in row["scores"].items() if shown_score(name).header} for row in rows)
    scores = _by_name(rows, shown)
    percent = {name: points for name, points in scores.items() if shown_score(name).factor == 100}
    own = {name: points for name, points in scores.items() if shown_score(name).factor != 100}
    total = [(row["step"], 100 * row["score"]) for row in rows if _is_number(row["score"])]
    if total and not any(_are_same(total, points) for points in percent.values()):
        percent["score"] = total
    best = best_step(rows)
    losses = _by_name(rows, _losses_per_step(rows))
    rates = _by_name(rows, ({called: row[name] for name, called in _RATES.items()} for row in rows))
    speed = _by_name(rows, ({"words per second": row["words_per_second"]} for row in rows))
    panels = [
        Panel("loss of a step", losses, is_logarithmic=_are_wide(losses)),
        Panel("scores, %", percent, best),
        *(Panel(shown_score(name).header, {name: points}, best) for name, points in own.items()),
        *(Panel(name, {name: points}, from_zero=True) for name, points in (rates | speed).items()),
    ]
    return [panel for panel in panels if panel.curves]


def best_step(rows: Sequence[Row]) -> int | None:
    """The earliest of the best evaluations, which is saved as `model-best`; None if nothing was evaluated."""
    scored = [row for row in rows if _is_number(row["score"])]
    return max(scored, key=lambda row: (row["score"], -row["step"]))["step"] if scored else None


def _losses_per_step(rows: Sequence[Row]) -> Iterable[dict[str, float]]:
    before = -1
    for row in rows:
        n_steps = max(1, row["step"] - before)
        yield {name: loss / n_steps for name, loss in row["losses"].items()}
        before = row["step"]


def _by_name(rows: Sequence[Row], values: Iterable[Mapping[str, float | None]]) -> dict[str, Points]:
    curves: dict[str, Points] = {}
    for row, named in zip(rows, values):
        for name, value in named.items():
            if _is_number(value):
                curves.setdefault(name, []).append((row["step"], value))
    return curves


def _is_number(value: float | None) -> TypeGuard[float]:
    return value is not None and math.isfinite(value)


def _are_same(one: Points, other: Points) -> bool:
    return len(one) == len(other) and all(math.isclose(a, b, abs_tol=1e-6) for (_, a), (_, b) in zip(one, other))


def _are_wide(curves: Mapping[str, Points]) -> bool:
    """Whether small values of some curves could not be seen beside large ones of others."""
    values = [value for points in curves.values() for _, value in points]
    return bool(values) and min(values) > 0 and max(values) / min(values) >= _WIDE


def linear_ticks(low: float, high: float) -> list[float]:
    """Round numbers, about five; the first is not above `low`, the last not below `high`."""
    if low == high:
        low, high = (low - abs(low) / 2, high + abs(high) / 2) if low else (0.0, 1.0)
    raw = (high - low) / _N_TICKS
    power = 10.0 ** math.floor(math.log10(raw))
    size = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= raw * 0.999)
    return [i * size for i in range(math.floor(low / size + 1e-9), math.ceil(high / size - 1e-9) + 1)]


def logarithmic_ticks(low: float, high: float) -> list[float]:
    """Powers of ten, the first not above `low`, the last not below `high`."""
    first, last = math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high) - 1e-9)
    return [10.0**power for power in range(first, max(last, first + 1) + 1)]


def tick_label(value: float) -> str:
    """As short as may be: "0.5", "1,000", "5e-5"."""
    if value and abs(value) < 1e-3:
        digits, power = f"{value:.3e}".split("e")
        return f"{float(digits):g}e{int(power)}"
    return f"{value:,.6g}"
