"""Texts with any number of categories, `text<TAB>numbers of categories<TAB>id`, to Docs with categories."""

from collections.abc import Iterator
from pathlib import Path

import typer
from conversion import DOWNLOAD_HINT, convert_splits, read_lines
from spacy.language import Language
from spacy.tokens import Doc


def main(
    folder: Path = typer.Argument(..., help="Folder with labels.txt, train.tsv, dev.tsv and, if there, test.tsv"),
    output: Path = typer.Argument(..., help="Folder for train.spacy, dev.spacy, test.spacy"),
    lang: str = typer.Option("en", help="Language of the tokenizer"),
) -> None:
    """Convert texts with any number of categories."""

    # The names are read in here, so that an error in them ends the program as one in the texts does.
    def read(nlp: Language, path: Path) -> Iterator[Doc]:
        return read_texts(nlp, path, read_names(folder / "labels.txt"))

    convert_splits(folder, output, (".tsv",), read, lang)


def read_names(path: Path) -> list[str]:
    """Of the categories, one in each line. Blank lines at the end are left out; elsewhere one would shift the numbers.

    RAISES (FileNotFoundError, ValueError): No file, no names, or a blank line that a name follows.
    """
    if not path.is_file():
        raise FileNotFoundError(f"No {path}: {DOWNLOAD_HINT}")
    names = [line.strip() for line in read_lines(path)]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise ValueError(f"{path}: expected a name of a category in each line, found none")
    if "" in names:
        line = names.index("") + 1
        raise ValueError(f"{path}, line {line}: expected a name of a category, found an empty line")
    return names


def read_texts(nlp: Language, path: Path, names: list[str]) -> Iterator[Doc]:
    """names (List[str]): Of the categories, which the file numbers from 0 on.

    RAISES (ValueError): A line that is not text, tab, numbers, tab and id, or a number without a name.
    """
    for number, line in enumerate(read_lines(path), start=1):
        text, *rest = line.rsplit("\t", maxsplit=2)
        if len(rest) != 2 or not text.strip():
            raise ValueError(f"{path}, line {number}: expected text, tab, numbers, tab and id, found {line!r}")
        doc = nlp.make_doc(text)
        doc.cats = {}
        for i in rest[0].split(","):
            if not i.isdecimal() or int(i) >= len(names):
                expected = f"numbers from 0 to {len(names) - 1}, as in labels.txt"
                raise ValueError(f"{path}, line {number}: expected {expected}, found {rest[0]!r}")
            doc.cats[names[int(i)]] = 1.0
        yield doc


if __name__ == "__main__":
    typer.run(main)
