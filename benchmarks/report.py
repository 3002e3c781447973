"""Times and accuracy of all contenders, as figures and as a printed table."""

import json
import statistics
from collections.abc import Mapping, Sequence

import torch
from measure import median_ratio, save
from options import OURS
from plot import plot

Report = dict  # {"words": [...], "contenders": {name: figures}}


def summarize(
    seconds: Mapping[str, Sequence[float]], words: Sequence[int], found: Mapping[str, Mapping], reference: str = OURS
) -> Report:
    """Figures of each contender.

    seconds (Mapping): Of each round, by contender.
    words (Sequence[int]): spaCy's tokens in each round.
    found (Mapping): What else is known of a contender, such as its accuracy.
    RETURNS (Report): The median of the rounds' words per second, and how many times as long as ours a contender took:
        the median of the ratios within each round.
    """
    contenders = {}
    for name, times in seconds.items():
        contenders[name] = {
            "words_per_second": statistics.median(n / t for n, t in zip(words, times, strict=True)),
            "time_over_ours": median_ratio(list(times), list(seconds[reference])),
            "seconds": [round(t, 4) for t in times],
            **found.get(name, {}),
        }
    return {"words": list(words), "contenders": contenders}


def print_report(title: str, report: Report) -> None:
    print(f"\n{title}\n")
    width = max(len(name) for name in report["contenders"])
    print(f"{'':{width}}  words/s  time / ours' time  entity F1  categories %")
    for name, figures in report["contenders"].items():
        accuracy = [figures.get(key) for key in ("entity_f1", "category_accuracy")]
        columns = ["        -" if value is None else f"{value:9.1f}" for value in accuracy]
        speed, ratio = figures["words_per_second"], figures["time_over_ours"]
        print(f"{name:{width}}  {speed:7,.0f}  {ratio:17.2f}  {columns[0]}  {columns[1]:>12}")
        if figures.get("last_losses"):
            losses = ", ".join(f"{head} {loss:.3g}" for head, loss in figures["last_losses"].items())
            print(f"{'':{width}}  mean losses of the last batches: {losses}")


def publish(name: str, title: str, device: torch.device, tasks: Mapping[str, Report]) -> None:
    """Write `results/<name>.json` and, from it, `results/<name>.png`."""
    path = save(name, {"device": str(device), "tasks": tasks})
    plot(json.loads(path.read_text(encoding="utf8")), title, path.with_suffix(".png"))
    print(f"\nFigures: {path}")
