"""Articles, `<category>/<number>.txt`, to Docs with categories; every 10th is for development."""

from collections.abc import Iterator
from pathlib import Path

import typer
from conversion import write_splits
from spacy.language import Language
from spacy.tokens import Doc

DEV_EVERY = 10


def main(
    folder: Path = typer.Argument(..., help="Folder with a folder of .txt files for each category"),
    output: Path = typer.Argument(..., help="Folder for train.spacy and dev.spacy"),
    lang: str = typer.Option("en", help="Language of the tokenizer"),
) -> None:
    """Convert articles."""
    write_splits(output, lambda nlp: split(list(read_articles(nlp, folder))), lang)


def read_articles(nlp: Language, folder: Path) -> Iterator[Doc]:
    """In the order of the files' names. Of articles that are there twice the second is left out.

    RAISES (FileNotFoundError): No articles.
    """
    categories: dict[str, str] = {}
    for path in sorted(folder.glob("*/*.txt")):
        # One byte of the BBC's articles is no UTF-8.
        categories.setdefault(path.read_bytes().decode("utf-8-sig", errors="replace"), path.parent.name)
    if not categories:
        raise FileNotFoundError(f"No {folder}/<category>/<number>.txt")
    for text, category in categories.items():
        doc = nlp.make_doc(text)
        doc.cats = {category: 1.0}
        yield doc


def split(docs: list[Doc]) -> dict[str, list[Doc]]:
    return {
        "train": [doc for i, doc in enumerate(docs) if i % DEV_EVERY],
        "dev": docs[::DEV_EVERY],
    }


if __name__ == "__main__":
    typer.run(main)
