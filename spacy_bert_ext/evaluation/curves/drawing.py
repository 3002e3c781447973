"""Curves as SVG: a panel in the style of the report, or all panels as a picture of its own."""

import math
from collections.abc import Callable, Sequence

from markupsafe import Markup, escape

from .panels import Panel, linear_ticks, tick_label

WIDTH, HEIGHT = 420, 260
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 30, 36  # margins; the legend adds to the upper one
LEGEND_ROW, LETTER = 17, 6.4
N_COLOURS = 6
DASHES = ("", "7 3", "2 3")
MOST_DOTS = 60
GAP, MARGIN = 28, 16  # of a picture
# Of a picture, whose ground is white; pages have their own style. Tested for contrast on white: 4.5 and more.
COLOURS = ("#2b5c9e", "#b5482f", "#2f7a4d", "#7d55aa", "#8f6408", "#5c646e")
INK, MUTED, RULE = "#1b1e22", "#5c646e", "#dfe2e6"

Scale = Callable[[float], float]


def panel_svg(panel: Panel, last_step: int) -> Markup:
    """An element whose colours are classes of the page's style.

    last_step (int): At the end of the axis, which all panels share.
    """
    parts, height = _panel(panel, last_step)
    described = f"{panel.title} by step: {', '.join(panel.curves)}"
    opening = f'<svg class="plot curves" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(described)}">'
    return Markup(opening + "".join(parts) + "</svg>")


def picture(panels: Sequence[Panel], last_step: int) -> str:
    """A whole SVG file, two panels in a row, on white."""
    drawn = [_panel(panel, last_step) for panel in panels]
    n_columns = min(2, len(drawn))
    heights = [max(height for _, height in drawn[i : i + n_columns]) for i in range(0, len(drawn), n_columns)]
    placed = []
    for i, (parts, _) in enumerate(drawn):
        x = MARGIN + i % n_columns * (WIDTH + GAP)
        y = MARGIN + sum(heights[: i // n_columns]) + i // n_columns * GAP
        placed.append(f'<g transform="translate({x} {y})">{"".join(parts)}</g>')
    width = n_columns * WIDTH + (n_columns - 1) * GAP + 2 * MARGIN
    height = sum(heights) + (len(heights) - 1) * GAP + 2 * MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<style>{_style()}</style><rect width="100%" height="100%" fill="#ffffff"/>{"".join(placed)}</svg>'
    )


def _style() -> str:
    colours = [f".curve.c{i}{{stroke:{colour}}}.dot.c{i}{{fill:{colour}}}" for i, colour in enumerate(COLOURS)]
    return (
        f"text{{font:11.5px system-ui,sans-serif;fill:{MUTED}}}.title{{fill:{INK};font-weight:600}}"
        f".grid{{stroke:{RULE}}}.best{{stroke:{MUTED};stroke-dasharray:4 4}}"
        ".curve{fill:none;stroke-width:2;stroke-linejoin:round}" + "".join(colours)
    )


def _panel(panel: Panel, last_step: int) -> tuple[list[str], int]:
    """RETURNS: Elements, and the height that they need."""
    legend, n_rows = _legend(list(panel.curves))
    top = TOP + n_rows * LEGEND_ROW
    bottom = HEIGHT + n_rows * LEGEND_ROW - BOTTOM
    ticks = panel.ticks()
    y = _scale(ticks[0], ticks[-1], (bottom, top), is_logarithmic=panel.is_logarithmic)
    steps = [tick for tick in linear_ticks(0, max(1, last_step)) if tick == int(tick)]
    x = _scale(0, max(1, last_step), (LEFT, WIDTH - RIGHT))
    parts = [_text(0, 14, panel.title, "start", name="title"), *legend]
    for tick in ticks:
        parts.append(_line((LEFT, y(tick)), (WIDTH - RIGHT, y(tick)), "grid"))
        parts.append(_text(LEFT - 8, y(tick) + 4, tick_label(tick), "end"))
    for tick in steps:
        if x(tick) <= WIDTH - RIGHT:
            parts.append(_text(x(tick), bottom + 17, tick_label(tick), "middle"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, bottom + 32, "step", "middle"))
    if panel.best is not None:
        parts.append(_line((x(panel.best), top), (x(panel.best), bottom), "best", f"best: step {panel.best:,}"))
    for i, (name, points) in enumerate(panel.curves.items()):
        places = [(x(step), y(value)) for step, value in points]
        parts += [_path(places, i)] if len(places) > 1 else []
        if len(points) <= MOST_DOTS:
            parts += [
                _dot(place, i, f"{name}, step {step:,}: {value:.4g}") for place, (step, value) in zip(places, points)
            ]
    return parts, HEIGHT + n_rows * LEGEND_ROW


def _legend(names: Sequence[str]) -> tuple[list[str], int]:
    """Below the title; with a single curve, whose name the title says, none. RETURNS: Elements, and how many rows."""
    parts, x, row = [], 0.0, 0
    for i, name in enumerate(names if len(names) > 1 else ()):
        width = 26 + LETTER * len(name) + 16
        if x and x + width > WIDTH:
            x, row = 0.0, row + 1
        y = TOP + row * LEGEND_ROW - 2
        parts += [_path([(x, y), (x + 20, y)], i), _text(x + 26, y + 4, name, "start")]
        x += width
    return parts, row + 1 if parts else 0


def _scale(first: float, last: float, places: tuple[float, float], *, is_logarithmic: bool = False) -> Scale:
    start, end = places
    if is_logarithmic:
        return lambda value: start + (end - start) * math.log(value / first) / math.log(last / first)
    return lambda value: start + (end - start) * (value - first) / (last - first)


def _path(places: Sequence[tuple[float, float]], number: int) -> str:
    dashes = DASHES[number // N_COLOURS % len(DASHES)]
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    style = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<polyline class="curve c{number % N_COLOURS}" points="{drawn}"{style}/>'


def _dot(place: tuple[float, float], number: int, title: str) -> str:
    x, y = place
    kind = f"dot c{number % N_COLOURS}"
    return f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="2.6"><title>{escape(title)}</title></circle>'


def _line(start: tuple[float, float], end: tuple[float, float], name: str, title: str = "") -> str:
    (x1, y1), (x2, y2) = start, end
    inside = f"<title>{escape(title)}</title>" if title else ""
    return f'<line class="{name}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}">{inside}</line>'


def _text(x: float, y: float, text: str, anchor: str, *, name: str = "") -> str:
    kind = f' class="{name}"' if name else ""
    return f'<text{kind} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
