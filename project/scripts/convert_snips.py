"""Utterances in three parallel files: intents (.label), words (.seq.in) and the words' IOB tags (.seq.out)."""

from collections.abc import Iterator
from pathlib import Path

import typer
from conversion import convert_splits, read_lines, words_to_doc
from spacy.language import Language
from spacy.tokens import Doc


def main(
    folder: Path = typer.Argument(..., help="Folder with train.label, train.seq.in, train.seq.out, dev.label, ..."),
    output: Path = typer.Argument(..., help="Folder for train.spacy, dev.spacy, test.spacy"),
    lang: str = typer.Option("en", help="Language of the Docs"),
) -> None:
    """Convert triples of parallel files."""
    convert_splits(folder, output, (".label", ".seq.in", ".seq.out"), read_triples, lang)


def read_triples(nlp: Language, label_path: Path, words_path: Path, tags_path: Path) -> Iterator[Doc]:
    """RAISES (ValueError): Files of different lengths, or an utterance with more words than tags or fewer."""
    files = {path: read_lines(path) for path in (label_path, words_path, tags_path)}
    if len({len(lines) for lines in files.values()}) > 1:
        found = ", ".join(f"{path}: {len(lines)}" for path, lines in files.items())
        raise ValueError(f"The three files must have the same number of lines, found {found}")
    for number, (intent, text, tag_text) in enumerate(zip(*files.values(), strict=True), start=1):
        words, tags = text.split(), tag_text.split()
        if len(words) != len(tags) or not words:
            found = f"found {len(words)} words, {len(tags)} tags"
            raise ValueError(f"{words_path} and {tags_path}, line {number}: expected a tag for each word, {found}")
        try:
            doc = words_to_doc(nlp, words, tags)
        except ValueError as error:
            raise ValueError(f"{tags_path}, line {number}: {error}") from error
        if not intent.strip():
            raise ValueError(f"{label_path}, line {number}: expected an intent, found an empty line")
        doc.cats = {intent.strip(): 1.0}
        yield doc


if __name__ == "__main__":
    typer.run(main)
