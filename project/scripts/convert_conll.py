"""Column files, one token a line, first column the token, last column its IOB tag, to Docs of one sentence each."""

from collections.abc import Iterator
from pathlib import Path

import typer
from conversion import convert_splits, read_lines, words_to_doc
from spacy.language import Language
from spacy.tokens import Doc

DOCUMENT_START = "-DOCSTART-"


def main(
    folder: Path = typer.Argument(..., help="Folder with train.conll, dev.conll and, if there, test.conll"),
    output: Path = typer.Argument(..., help="Folder for train.spacy, dev.spacy, test.spacy"),
    lang: str = typer.Option("en", help="Language of the Docs"),
) -> None:
    """Convert column files."""
    convert_splits(folder, output, (".conll",), read_conll, lang)


def read_conll(nlp: Language, path: Path) -> Iterator[Doc]:
    for number, words, tags in read_sentences(path):
        try:
            yield words_to_doc(nlp, words, tags)
        except ValueError as error:
            raise ValueError(f"{path}, sentence at line {number}: {error}") from error


def read_sentences(path: Path) -> Iterator[tuple[int, list[str], list[str]]]:
    """First line's number, words and tags of each sentence. Blank lines and -DOCSTART- lines part sentences.

    RAISES (ValueError): A line with less than two columns.
    """
    words: list[str] = []
    tags: list[str] = []
    first = 1
    for number, line in enumerate([*read_lines(path), ""], start=1):
        if not line.strip() or line.startswith(DOCUMENT_START):
            if words:
                yield first, words, tags
            words, tags, first = [], [], number + 1
            continue
        # Not split() without argument: a token may hold a no-break space.
        columns = line.split("\t") if "\t" in line else line.split(" ")
        if len(columns) < 2 or not columns[0]:
            raise ValueError(f"{path}, line {number}: expected a token and its tag, found {line!r}")
        words.append(columns[0])
        tags.append(columns[-1])


if __name__ == "__main__":
    typer.run(main)
