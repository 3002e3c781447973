"""A file of lines, split for training and development; `spacy bert convert` reads both."""

from pathlib import Path

import typer
from conversion import read_lines
from wasabi import msg

NAME = "all.jsonl"
DEV_EVERY = 5


def main(
    folder: Path = typer.Argument(..., help="Folder with all.jsonl"),
    output: Path = typer.Argument(..., help="Folder for train.jsonl and dev.jsonl"),
) -> None:
    """Every 5th line is for development."""
    lines = [line for line in read_lines(folder / NAME) if line.strip()]
    output.mkdir(parents=True, exist_ok=True)
    splits = {
        "train": [line for i, line in enumerate(lines) if i % DEV_EVERY],
        "dev": lines[::DEV_EVERY],
    }
    for split, part in splits.items():
        path = output / f"{split}.jsonl"
        path.write_text("".join(f"{line}\n" for line in part), encoding="utf8")
        msg.good(f"{path}: {len(part):,} lines")


if __name__ == "__main__":
    typer.run(main)
