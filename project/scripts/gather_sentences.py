"""Raw text out of annotated column files: a sentence a line, none twice, and none of the data that is fine-tuned on."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import typer
from conversion import DOWNLOAD_HINT
from wasabi import msg

from spacy_bert_ext.conversion.formats.conll_lines import read_sentences

SUFFIXES = (".tsv", ".conll")
# Whole stretches are held out: neighbouring sentences are about the same.
BLOCK_SENTENCES = 50


def main(
    folder: Path = typer.Argument(..., help="Folder with column files, in folders of any depth"),
    output: Path = typer.Argument(..., help="Folder for train.txt and dev.txt"),
    without: list[Path] = typer.Option([], help="Folder with column files whose sentences are left out"),
    dev_every: int = typer.Option(20, min=2, help="Every such stretch of 50 sentences is held out"),
) -> None:
    """Gather sentences, and hold some out."""
    known = {letters_of(words) for words in words_in(path for other in without for path in column_files(other))}
    paths = column_files(folder)
    if not paths:
        msg.fail(f"No column files in {folder}: {DOWNLOAD_HINT}", exits=1)
    sentences = list(words_in(paths))
    lines = list(new_lines(sentences, known))
    output.mkdir(parents=True, exist_ok=True)
    splits = {
        "train": [line for i, line in enumerate(lines) if i // BLOCK_SENTENCES % dev_every != dev_every - 1],
        "dev": [line for i, line in enumerate(lines) if i // BLOCK_SENTENCES % dev_every == dev_every - 1],
    }
    for split, part in splits.items():
        path = output / f"{split}.txt"
        path.write_text("".join(f"{line}\n" for line in part), encoding="utf8")
        msg.good(f"{path}: {len(part):,} sentences of {len(paths)} files")
    msg.info(f"{len(sentences) - len(lines):,} sentences are left out: they came before, or are to fine-tune on")


def column_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix in SUFFIXES)


def words_in(paths: Iterable[Path]) -> Iterator[list[str]]:
    for path in paths:
        for sentence in read_sentences(path):
            yield [row[0] for row in sentence.rows]


def new_lines(sentences: Iterable[list[str]], known: set[str]) -> Iterator[str]:
    """Sentences that are not among the known ones, which they join; words parted by spaces."""
    for words in sentences:
        letters = letters_of(words)
        if letters and letters not in known:
            known.add(letters)
            yield " ".join(words)


def letters_of(words: Iterable[str]) -> str:
    """What tells sentences apart: corpora cut the same sentence into other tokens."""
    return "".join(letter for letter in "".join(words).lower() if letter.isalnum())


if __name__ == "__main__":
    typer.run(main)
