"""Pre-training: steps beside a plain transformers loop, what a pass over raw text gives, and memory (Linux).

    python benchmarks/pretraining.py --part speed                   100 steps of each: 4 minutes
    python benchmarks/pretraining.py --part accuracy --train        one pass over the text: an hour
    python benchmarks/pretraining.py --part accuracy --trained OUT/model-best       what `spacy bert pretrain` has made
    python benchmarks/pretraining.py --part memory                  5,000 steps of a tiny encoder on two sizes of text

`--texts` and `--dev` are raw text in any form that `spacy bert pretrain` reads; the default is that of the recipe
`domain` of `project/`. Each call adds its figures to `results/pretraining.json`, and prints all of them.
"""

import sys
from pathlib import Path

import torch
import typer
from errors import require
from markdown_table import table_row
from measure import save, saved_parts
from pretraining_accuracy import accuracy
from pretraining_memory import memory
from pretraining_runs import FOLDER
from pretraining_speed import speed
from tasks import PROJECT

NAME, PARTS = "pretraining", ("speed", "accuracy", "memory")
TEXTS = PROJECT / "corpus" / "domain"


def main(
    part: str = typer.Option("all", help=f"{', '.join(PARTS)} or all"),
    texts: Path = typer.Option(TEXTS / "train.txt", help="Raw text"),
    dev: Path = typer.Option(TEXTS / "dev.txt", help="Held-out raw text"),
    steps: int = typer.Option(100, help="Of each contender; speed"),
    train: bool = typer.Option(False, help="Pre-train for one pass, unless that is done; accuracy"),
    trained: Path = typer.Option(None, help="Checkpoint after one pass; accuracy"),
    head_steps: int = typer.Option(1000, help="Steps of a head on a frozen encoder, to compare; accuracy"),
    memory_steps: int = typer.Option(5000, help="Of a tiny encoder; memory"),
    threads: int = typer.Option(1, help="Of torch"),
) -> None:
    """Measure pre-training."""
    torch.set_num_threads(threads)
    if part not in (*PARTS, "all"):
        sys.exit(f"No part {part!r}: there are {', '.join(PARTS)} and all")
    for path in (texts, dev):
        require(path, "python -m spacy project run domain-gather project")
    figures = saved_parts(NAME, PARTS)
    if part in ("all", "speed"):
        figures["speed"] = speed(texts, dev, steps)
        save(NAME, figures)
    if part in ("all", "memory"):
        figures["memory"] = memory(texts, dev, memory_steps)
        save(NAME, figures)
    is_there = trained is not None or (FOLDER / "one_pass" / "model-best").exists()
    if part == "accuracy" and not (train or is_there):
        sys.exit("Give --train, or --trained FOLDER")
    if part == "accuracy" or (part == "all" and (train or is_there)):
        figures["accuracy"] = accuracy(texts, dev, trained, head_steps)
        save(NAME, figures)
    print(tables(figures))


# Tables


def tables(figures: dict) -> str:
    """Markdown."""
    makers = {"speed": speed_table, "accuracy": accuracy_table, "memory": memory_table}
    return "\n\n".join("\n".join(makers[name](figures[name])) for name in PARTS if name in figures)


def speed_table(found: dict) -> list[str]:
    lines = [table_row(["", "CPU, ms a step", "wall, ms", "CPU time / ours", "loss in each fifth of the steps"])]
    lines.append(table_row(["---", "---:", "---:", "---:", "---"]))
    for name, one in found["contenders"].items():
        ratio = "{median:.2f} ({least:.2f} to {most:.2f})".format(**one["cpu_over_ours"])
        losses = ", ".join(f"{loss:.2f}" for loss in one["losses"])
        lines.append(table_row([name, f"{one['cpu_ms']:.0f}", f"{one['wall_ms']:.0f}", ratio, losses]))
    lines += ["", "{pieces_a_step} pieces a step, {windows_a_step} windows, {precision}.".format(**found)]
    lines.append("Of a step of ours, reading takes {reading_ms:.1f} ms, pieces {pieces_ms:.1f} ms.".format(**found))
    return lines


def accuracy_table(found: dict) -> list[str]:
    lines = [
        table_row(["held-out text", "step", "cross-entropy", "by transformers", "perplexity", "accuracy", "lower by"])
    ]
    lines.append(table_row(["---", *["---:"] * 6]))
    for name, one in found["figures"].items():
        again = f"{one['by_transformers']:.4f}" if "by_transformers" in one else "-"
        lower = f"{100 * found['lower'][name]:.1f} %" if name in found["lower"] else "-"
        cells = [
            f"{one['step']:,}" if "step" in one else "-",
            f"{one['cross_entropy']:.4f}",
            again,
            f"{one['perplexity']:.1f}",
        ]
        lines.append(table_row([name, *cells, f"{100 * one['accuracy']:.1f} %", lower]))
    return lines


def memory_table(found: dict) -> list[str]:
    """MiB that are resident, by the number of steps."""
    steps = [row["step"] for row in next(iter(found.values()))["rows"]]
    lines = [table_row(["MiB after steps", *(f"{step:,}" for step in steps)])]
    lines.append(table_row(["---", *["---:"] * len(steps)]))
    for name, one in found.items():
        lines.append(table_row([name, *(f"{row['resident_mib']:.0f}" for row in one["rows"])]))
    return lines


if __name__ == "__main__":
    typer.run(main)
