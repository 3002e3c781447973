"""Writes the tables of accuracy and calibration into benchmarks/README.md: `python benchmarks/accuracy/summary.py`."""

import json
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent))  # what all benchmarks share

from data import DATA
from measure import RESULTS
from results import Row, saved_rows

README = HERE.parent / "README.md"
BEGIN, END = "<!-- accuracy:begin -->", "<!-- accuracy:end -->"
NAMES = {
    "ours": "ours",
    "ours_first_512": "ours, first 512 pieces",
    "ours_sentences": "ours, sentences that see 64 pieces around them",
    "plain": "plain fine-tuning",
    "spacy_transformers": "spacy-transformers, rate 2e-4",
    "spacy_transformers_5e-5": "spacy-transformers, rate 5e-5",
}
SCORES = {
    "accuracy": "accuracy",
    "entity_f1": "entity F1",
    "tuned_macro_f1": "macro F1, thresholds tuned",
    "macro_f1": "macro F1, threshold 0.5",
}


def main() -> None:
    rows = saved_rows()
    if not rows:
        sys.exit("No results/accuracy.json: run `python benchmarks/accuracy/run.py` first")
    text = README.read_text(encoding="utf8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(f"{before}{BEGIN}\n{table(rows)}\n{joint_time()}{calibration()}{END}{after}", encoding="utf8")


def table(rows: Sequence[Row]) -> str:
    """Markdown: a line for each data set and contender, scores as means and ranges over seeds."""
    lines = [
        "| data | contender | scores | seeds | epochs | minutes a run |",
        "| --- | --- | --- | ---: | ---: | ---: |",
    ]
    for data in DATA:
        for contender, name in NAMES.items():
            runs = [row for row in rows if (row["data"], row["contender"]) == (data, contender)]
            if not runs:
                continue
            scores = ", ".join(
                f"{title} {spread([run['scores'][key] for run in runs])}"
                for key, title in SCORES.items()
                if key in runs[0]["scores"]
            )
            epochs = "/".join(dict.fromkeys(str(run["epochs"]) for run in runs))
            minutes = statistics.mean(run["minutes"] for run in runs)
            lines.append(f"| {data} | {name} | {scores} | {len(runs)} | {epochs} | {minutes:.0f} |")
    return "\n".join(lines)


def joint_time() -> str:
    path = RESULTS / "joint_time.json"
    if not path.exists():
        return ""
    ratio = json.loads(path.read_text(encoding="utf8"))["time_of_ours_over_two"]
    return f"\nSnips: the joint pipeline takes {ratio:.2f} of the time of the two plain models (`joint_time.py`).\n"


def calibration() -> str:
    """Markdown: a line for each data set."""
    path = RESULTS / "calibration.json"
    if not path.exists():
        return ""
    lines = [
        "",
        "Expected calibration error of ours, seed 0 (`calibration.py`); the halves' are those after calibration:",
        "",
        "| data | scored | temperatures | before | after | halves |",
        "| --- | ---: | --- | ---: | ---: | --- |",
    ]
    for data, found in json.loads(path.read_text(encoding="utf8"))["data"].items():
        temperatures, halves = (
            ", ".join(f"{value:.{digits}f}" for value in values)
            for values, digits in ((found["temperatures"], 2), (found["ece_of_halves"], 3))
        )
        errors = f"{found['ece_before']:.3f} | {found['ece_after']:.3f}"
        lines.append(f"| {data} | {found['n_scored']:,} | {temperatures} | {errors} | {halves} |")
    return "\n".join(lines) + "\n"


def spread(values: Sequence[float]) -> str:
    mean = f"{statistics.mean(values):.1f}"
    return mean if len(values) == 1 else f"{mean} ({min(values):.1f} to {max(values):.1f})"


if __name__ == "__main__":
    main()
