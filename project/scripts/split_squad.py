"""A file in SQuAD's format, split by article for training and development; `spacy bert convert` reads both."""

import json
from pathlib import Path

import typer
from conversion import read_lines
from wasabi import msg

NAME = "all.json"


def main(
    folder: Path = typer.Argument(..., help="Folder with all.json"),
    output: Path = typer.Argument(..., help="Folder for train.json and dev.json"),
    train_share: float = typer.Option(0.8, help="The part of the articles that come first, to train on"),
) -> None:
    """No article is in both: its paragraphs tell of each other."""
    output.mkdir(parents=True, exist_ok=True)
    for split, articles in split_articles(folder / NAME, train_share).items():
        path = output / f"{split}.json"
        path.write_text(json.dumps({"data": articles}, ensure_ascii=False), encoding="utf8")
        msg.good(f"{path}: {len(articles)} articles")


def split_articles(path: Path, train_share: float) -> dict[str, list[dict]]:
    articles = json.loads("\n".join(read_lines(path)))["data"]
    n_train = int(len(articles) * train_share)
    if not 0 < n_train < len(articles):
        found = f"--train-share {train_share} leaves {n_train} of {len(articles)} articles for training"
        raise typer.BadParameter(f"{found}: take one between 0 and 1 that leaves some for both")
    return {"train": articles[:n_train], "dev": articles[n_train:]}


if __name__ == "__main__":
    typer.run(main)
