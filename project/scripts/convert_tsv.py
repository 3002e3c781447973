"""Texts with one category each, `text<TAB>category`, to Docs with categories."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import typer
from conversion import convert_splits, read_lines
from spacy.language import Language
from spacy.tokens import Doc


def main(
    folder: Path = typer.Argument(..., help="Folder with train.tsv, dev.tsv and, if there, test.tsv"),
    output: Path = typer.Argument(..., help="Folder for train.spacy, dev.spacy, test.spacy"),
    lang: str = typer.Option("en", help="Language of the tokenizer"),
    category: list[str] = typer.Option([], help="Name of a category in the data: 1=positive. Once for each category"),
) -> None:
    """Convert texts with one category each."""
    for pair in category:
        if "=" not in pair:
            raise typer.BadParameter(f"expected OLD=NEW, found {pair!r}", param_hint="--category")
    names = dict(pair.split("=", maxsplit=1) for pair in category)
    convert_splits(folder, output, (".tsv",), partial(read_texts, names=names), lang)


def read_texts(nlp: Language, path: Path, names: dict[str, str]) -> Iterator[Doc]:
    """names (Dict[str, str]): What the file's categories are called in the Docs; empty: as in the file.

    RAISES (ValueError): A line that is not text, tab and category, or a category without a name.
    """
    for number, line in enumerate(read_lines(path), start=1):
        text, _, category = line.rpartition("\t")
        category = category.strip()
        if not (text.strip() and category):
            raise ValueError(f"{path}, line {number}: expected text, tab and category, found {line!r}")
        if names and category not in names:
            raise ValueError(f"{path}, line {number}: expected one of {', '.join(names)}, found {category!r}")
        doc = nlp.make_doc(text)
        doc.cats = {names.get(category, category): 1.0}
        yield doc


if __name__ == "__main__":
    typer.run(main)
