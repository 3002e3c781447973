"""Curves by matplotlib, for PNG and PDF. It is imported when it is needed."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import Errors
from .drawing import COLOURS, DASHES, INK, MOST_DOTS, MUTED, N_COLOURS, RULE
from .panels import Panel, tick_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE = (5.4, 3.4)  # of a panel, in inches
_DPI = 150


def write_figure(panels: Sequence[Panel], last_step: int, path: Path, *, kind: str) -> None:
    """kind (str): A format of matplotlib: "png" or "pdf".

    RAISES (ImportError): matplotlib is not installed.
    """
    if find_spec("matplotlib") is None:
        raise ImportError(Errors.B534.format(library="matplotlib", extra="plots", what=f"A picture in {kind.upper()}"))
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter

    n_columns = min(2, len(panels))
    n_rows = -(-len(panels) // n_columns)
    figure = Figure(figsize=(n_columns * _SIZE[0], n_rows * _SIZE[1]), layout="constrained", facecolor="white")
    grid = figure.subplots(n_rows, n_columns, squeeze=False).ravel()
    for axes, panel in zip(grid, panels):
        _draw(axes, panel, last_step)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, place: f"{value:,.0f}"))
    for axes in grid[len(panels) :]:
        axes.remove()
    figure.savefig(path, dpi=_DPI, format=kind)


def _draw(axes: "Axes", panel: Panel, last_step: int) -> None:
    for i, (name, points) in enumerate(panel.curves.items()):
        steps, values = zip(*points)
        marker = "o" if len(points) <= MOST_DOTS else ""
        style = {"linestyle": _dashes(i), "linewidth": 1.6, "marker": marker, "markersize": 3.5}
        axes.plot(steps, values, label=name, color=COLOURS[i % N_COLOURS], **style)
    if panel.best is not None:
        axes.axvline(panel.best, color=MUTED, linestyle=(0, (4, 4)), linewidth=1, label=f"best: step {panel.best:,}")
    axes.set_title(panel.title, loc="left", fontsize=10, fontweight="bold", color=INK)
    axes.set_xlabel("step", fontsize=9, color=MUTED)
    axes.set_xlim(0, max(1, last_step) * 1.02)
    if panel.is_logarithmic:
        axes.set_yscale("log")
    ticks = panel.ticks()
    axes.set_yticks(ticks, [tick_label(tick) for tick in ticks])
    axes.set_ylim(ticks[0], ticks[-1] + (0 if panel.is_logarithmic else 0.02 * (ticks[-1] - ticks[0])))
    axes.minorticks_off()
    axes.grid(color=RULE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=MUTED, labelsize=8, length=0)
    for side in axes.spines.values():
        side.set_color(RULE)
    if len(panel.curves) > 1 or panel.best is not None:
        axes.legend(fontsize=8, frameon=False, labelcolor=INK)


def _dashes(number: int) -> Any:
    dashes = DASHES[number // N_COLOURS % len(DASHES)]
    return (0, tuple(float(part) for part in dashes.split())) if dashes else "-"
