"""Small SVG plots, drawn by hand. Their colours are classes of the page's style, so that they suit light and dark."""

from collections.abc import Callable, Sequence
from typing import Any

from markupsafe import Markup, escape

Point = tuple[float, float]  # x and y, or a width and a height

WHISKER_WIDTH, WHISKER_HEIGHT = 120, 16
PLOT_WIDTH, PLOT_HEIGHT = 420, 300
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 12, 40  # margins of a plot
HISTOGRAM_HEIGHT = 44
STEPS, N_STEPS = (0.02, 0.04, 0.1, 0.2), 5  # of an axis that ends at 1
TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def whisker(value: float, interval: Sequence[float] | None) -> Markup:
    """A score from 0 to 1 as a dot, its interval as a line."""
    y, width = WHISKER_HEIGHT / 2, WHISKER_WIDTH - 8
    parts = [_line((4, y), (4 + width, y), "rail")]
    if interval is not None:
        parts.append(_line((4 + interval[0] * width, y), (4 + interval[1] * width, y), "whisker"))
    parts.append(f'<circle class="dot" cx="{4 + value * width:.1f}" cy="{y}" r="3.5"/>')
    return _svg((WHISKER_WIDTH, WHISKER_HEIGHT), parts, "whiskers", f"{100 * value:.1f} of 100")


def stacked_bar(counts: dict[str, int]) -> Markup:
    """The shares of a whole, one after the other; names are classes of the style."""
    total, x, parts = sum(counts.values()), 0.0, []
    for name, count in counts.items():
        width = 1000 * count / max(1, total)
        parts.append(f'<rect class="share {escape(name)}" x="{x:.2f}" y="0" width="{width:.2f}" height="36"/>')
        x += width
    described = ", ".join(f"{name} {count}" for name, count in counts.items())
    return _svg((1000, 36), parts, "stacked", described, stretched=True)


def reliability_diagram(calibration: dict[str, Any]) -> Markup:
    """Share of right predictions over their scores; below, how many predictions have such scores."""
    edges, counts = calibration["bin_edges"], calibration["counts"]
    base, most = PLOT_HEIGHT - BOTTOM - HISTOGRAM_HEIGHT, max(counts)
    x, y = _scale(LEFT, PLOT_WIDTH - RIGHT), _scale(base, TOP)
    parts = _horizontal_grid(x, y, TICKS) + [_line((x(tick), y(0)), (x(tick), y(1)), "grid") for tick in TICKS]
    points = []
    for low, high, count, mean, accuracy in zip(
        edges, edges[1:], counts, calibration["mean_scores"], calibration["accuracies"]
    ):
        if not count:
            continue
        left, width = x(low) + 1, x(high) - x(low) - 2
        height = max(1.0, (HISTOGRAM_HEIGHT - 10) * count / most)
        bottom = PLOT_HEIGHT - BOTTOM
        title = f"<title>{low:.2f} to {high:.2f}: {count} predictions, {100 * accuracy:.1f} % right</title>"
        parts.append(_rect((left, y(accuracy)), (width, y(0) - y(accuracy)), "bar", title))
        parts.append(_rect((left, bottom - height), (width, height), "histogram", title))
        points.append(f'<circle class="dot" cx="{x(mean):.1f}" cy="{y(accuracy):.1f}" r="3"/>')
    parts.append(_line((x(0), y(0)), (x(1), y(1)), "diagonal"))
    parts += points
    parts += [_text(x(tick), PLOT_HEIGHT - BOTTOM + 17, f"{100 * tick:.0f}", "middle") for tick in TICKS]
    parts.append(_text((x(0) + x(1)) / 2, PLOT_HEIGHT - 4, "score, %", "middle"))
    return _svg((PLOT_WIDTH, PLOT_HEIGHT), parts, "plot", "Reliability diagram: right predictions by score")


def length_plot(rows: Sequence[dict[str, Any]]) -> Markup:
    """F-score with its interval for each range of lengths, of `scores_by_length`."""
    lowest = min(row["f"] if row["f_interval"] is None else row["f_interval"][0] for row in rows)
    step = next(step for step in STEPS if 1 - N_STEPS * step <= lowest + 1e-9)
    ticks = [1 - i * step for i in range(N_STEPS + 1)]
    x, y = _scale(LEFT, PLOT_WIDTH - RIGHT), _scale(PLOT_HEIGHT - BOTTOM, TOP, low=ticks[-1])
    parts = _horizontal_grid(x, y, ticks)
    for i, row in enumerate(rows):
        middle = x((i + 0.5) / len(rows))
        shortest, longest = row["tokens"]
        tokens = f"{shortest}" if shortest == longest else f"{shortest}–{longest}"
        if row["f_interval"] is not None:
            low, high = row["f_interval"]
            parts.append(_line((middle, y(low)), (middle, y(high)), "whisker"))
        title = f"<title>{tokens} tokens, {row['docs']} Docs: {100 * row['f']:.1f}</title>"
        parts.append(f'<circle class="dot" cx="{middle:.1f}" cy="{y(row["f"]):.1f}" r="4.5">{title}</circle>')
        parts.append(_text(middle, PLOT_HEIGHT - BOTTOM + 17, tokens, "middle"))
    parts.append(_text((x(0) + x(1)) / 2, PLOT_HEIGHT - 4, "tokens in the Doc", "middle"))
    return _svg((PLOT_WIDTH, PLOT_HEIGHT), parts, "plot", "F-score by length of the Docs")


def _scale(start: float, end: float, low: float = 0.0) -> Callable[[float], float]:
    """From values between `low` and 1 to places between `start` and `end`."""
    return lambda value: start + (end - start) * (value - low) / (1 - low)


def _horizontal_grid(x: Callable[[float], float], y: Callable[[float], float], ticks: Sequence[float]) -> list[str]:
    lines = [_line((x(0), y(tick)), (x(1), y(tick)), "grid") for tick in ticks]
    return lines + [_text(LEFT - 8, y(tick) + 4, f"{100 * tick:.0f}", "end") for tick in ticks]


def _line(start: Point, end: Point, name: str) -> str:
    (x1, y1), (x2, y2) = start, end
    return f'<line class="{name}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _rect(place: Point, size: Point, name: str, inside: str) -> str:
    (x, y), (width, height) = place, size
    return f'<rect class="{name}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}">{inside}</rect>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(size: Point, parts: Sequence[str], name: str, description: str, *, stretched: bool = False) -> Markup:
    width, height = size
    shape = ' preserveAspectRatio="none"' if stretched else ""
    opening = (
        f'<svg class="{name}" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(description)}"{shape}>'
    )
    return Markup(opening + "".join(parts) + "</svg>")
