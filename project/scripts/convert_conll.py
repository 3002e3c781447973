"""Column files, one token a line, first column the token, last column its tag, to Docs of one sentence or document."""

from collections.abc import Iterable, Iterator
from enum import Enum
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import typer
from conversion import convert_splits, read_lines, words_to_doc
from spacy.language import Language
from spacy.tokens import Doc

DOCUMENT_START = "-DOCSTART-"


class Unit(str, Enum):
    sentence = "sentence"
    document = "document"


class Sentence(NamedTuple):
    """line: Number of its first line in the file. document: Number of -DOCSTART- lines before it."""

    line: int
    document: int
    words: list[str]
    tags: list[str]


def main(
    folder: Path = typer.Argument(..., help="Folder with train.conll, dev.conll and, if there, test.conll"),
    output: Path = typer.Argument(..., help="Folder for train.spacy, dev.spacy, test.spacy"),
    lang: str = typer.Option("en", help="Language of the Docs"),
    by: Unit = typer.Option("sentence", help="What becomes a Doc; documents begin at -DOCSTART- lines"),
    characters: bool = typer.Option(False, help="Tokens are characters, and no spaces part them, as in Chinese"),
) -> None:
    """Convert column files."""
    convert_splits(folder, output, (".conll",), partial(read_conll, by=by, characters=characters), lang)


def read_conll(nlp: Language, path: Path, by: Unit = Unit.sentence, characters: bool = False) -> Iterator[Doc]:
    """Sentences of files with -DOCSTART- lines get a `document_id`: `ContextCorpus.v1` shows them their neighbours.

    RAISES (ValueError): A line with less than two columns, or a tag that is none.
    """
    sentences = read_sentences(path)
    for group in _documents(sentences) if by is Unit.document else ([sentence] for sentence in sentences):
        words = [word for sentence in group for word in sentence.words]
        tags = [tag for sentence in group for tag in sentence.tags]
        starts = [i == 0 for sentence in group for i in range(len(sentence.words))]
        spaces = [False] * len(words) if characters else None
        try:
            doc = words_to_doc(nlp, words, tags, sent_starts=starts, spaces=spaces)
        except ValueError as error:
            raise ValueError(f"{path}, {by.value} at line {group[0].line}: {error}") from error
        if by is Unit.sentence and group[0].document:
            doc.user_data["document_id"] = group[0].document
        yield doc


def read_sentences(path: Path) -> Iterator[Sentence]:
    """Blank lines and -DOCSTART- lines part sentences.

    RAISES (ValueError): A line with less than two columns.
    """
    words: list[str] = []
    tags: list[str] = []
    first, document = 1, 0
    for number, line in enumerate([*read_lines(path), ""], start=1):
        if not line.strip() or line.startswith(DOCUMENT_START):
            if words:
                yield Sentence(first, document, words, tags)
            words, tags, first = [], [], number + 1
            document += line.startswith(DOCUMENT_START)
            continue
        # Not split() without argument: a token may hold a no-break space.
        columns = line.split("\t") if "\t" in line else line.split(" ")
        if len(columns) < 2 or not columns[0]:
            raise ValueError(f"{path}, line {number}: expected a token and its tag, found {line!r}")
        words.append(columns[0])
        tags.append(columns[-1])


def _documents(sentences: Iterable[Sentence]) -> Iterator[list[Sentence]]:
    for _, group in groupby(sentences, key=lambda sentence: sentence.document):
        yield list(group)


if __name__ == "__main__":
    typer.run(main)
