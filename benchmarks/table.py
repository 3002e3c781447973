"""Write the tables of docs/reference/comparison.md from the figures in results/: `python benchmarks/table.py`."""

import json
import sys
from pathlib import Path

from errors import require
from measure import RESULTS

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "comparison.md"
BEGIN, END = "<!-- benchmarks:begin -->", "<!-- benchmarks:end -->"
BENCHMARKS = {"train": ("Training", "make bench-train"), "predict": ("Prediction", "make bench-predict")}
TASKS = {"utterances": ("slot F1", "intents %"), "documents": ("entity F1", "categories %")}


def main() -> None:
    names = sys.argv[1:] or list(BENCHMARKS)
    parts = []
    for name in names:
        kind = next((kind for kind in BENCHMARKS if name.startswith(kind)), None)
        if kind is None:
            sys.exit(f"No benchmark {name}: names begin with {' or '.join(BENCHMARKS)}")
        title, command = BENCHMARKS[kind]
        figures = json.loads(require(RESULTS / f"{name}.json", command).read_text(encoding="utf8"))
        parts.append(f"{title} (`{command}`), {describe(figures)}:\n\n{table(figures['tasks'])}")
    text = PAGE.read_text(encoding="utf8")
    if BEGIN not in text or END not in text:
        sys.exit(f"{PAGE} has no lines {BEGIN} and {END}")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(before + BEGIN + "\n" + "\n\n".join(parts) + "\n" + END + after, encoding="utf8")


def describe(figures: dict) -> str:
    machine = figures["machine"]
    if figures["device"] != "cpu":
        return machine["gpus"][0]
    threads = machine["torch_threads"]
    return f"{threads} thread{'' if threads == 1 else 's'} of {machine['processor']}"


def table(tasks: dict) -> str:
    """Markdown, a table for each task. "time / ours": median of the ratios to our time within each round."""
    return "\n\n".join(_table_of(name, task) for name, task in tasks.items())


def _table_of(name: str, task: dict) -> str:
    header = [name, "words/s", "time / ours", *TASKS[name]]
    rows = [header, ["---", *["---:"] * (len(header) - 1)]]
    rows += [[contender, *_cells(figures)] for contender, figures in task["contenders"].items()]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _cells(figures: dict) -> list[str]:
    accuracy = [figures.get(key) for key in ("entity_f1", "category_accuracy")]
    return [
        f"{figures['words_per_second']:,.0f}",
        f"{figures['time_over_ours']:.2f}",
        *("-" if value is None else f"{value:.1f}" for value in accuracy),
    ]


if __name__ == "__main__":
    main()
