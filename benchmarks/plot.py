"""Bars of words per second, one row a contender and one column a task, with accuracy beside each bar."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # no display needed

from matplotlib import pyplot as plt

COLORS = {"ours": "#1b6ca8", "peer": "#9aa5b1", "bare": "#e0e4e8"}
KINDS = {
    "utterances": "short utterances (slot F1 / intent accuracy)",
    "documents": "long articles (entity F1 / category accuracy)",
}


def plot(figures: dict, title: str, path: Path) -> None:
    """Write a PNG.

    figures (Dict): What `measure.save` wrote: machine, device, tasks.
    """
    tasks = figures["tasks"]
    n_rows = max(len(task["contenders"]) for task in tasks.values())
    size = (2 + 5 * len(tasks), 1.3 + 0.42 * n_rows)
    figure, axes = plt.subplots(1, len(tasks), figsize=size, squeeze=False, sharey=True)
    for axis, (name, task) in zip(axes[0], tasks.items()):
        _draw(axis, KINDS[name], task["contenders"])
    threads = figures["machine"]["torch_threads"]
    where = figures["machine"]["gpus"][0] if figures["device"] != "cpu" else f"{threads} CPU thread{'s'[: threads > 1]}"
    figure.suptitle(f"{title}: words per second on {where}", fontsize=13)
    figure.tight_layout()
    figure.savefig(path, dpi=130)
    plt.close(figure)


def _draw(axis, title: str, contenders: dict) -> None:
    names = list(contenders)
    speeds = [contenders[name]["words_per_second"] for name in names]
    axis.barh(names, speeds, color=[COLORS[_kind(name)] for name in names])
    axis.set_ylim(len(names) - 0.4, -0.6)  # the first one on top
    axis.set_title(title, fontsize=11)
    axis.set_xlim(0, max(speeds) * 1.5)  # room for what stands beside the longest bar
    axis.spines[["top", "right"]].set_visible(False)
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    for row, name in enumerate(names):
        axis.text(speeds[row], row, "  " + _label(contenders[name]), va="center", fontsize=9)


def _kind(name: str) -> str:
    return next((kind for kind in ("ours", "bare") if name.startswith(kind)), "peer")


def _label(figures: dict) -> str:
    speed = f"{figures['words_per_second']:,.0f}"
    if "entity_f1" not in figures:
        return speed
    return f"{speed}   ({figures['entity_f1']:.1f} / {figures['category_accuracy']:.1f})"
