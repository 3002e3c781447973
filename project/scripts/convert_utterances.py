"""Utterances with inline markup, `intent<TAB>text with [span](LABEL)`, to Docs with categories and entities."""

import re
from collections.abc import Iterator
from pathlib import Path

import typer
from conversion import Bounds, convert_splits, read_lines
from spacy.language import Language
from spacy.tokens import Doc

MARKUP = re.compile(r"\[([^\[\]]+)\]\(([A-Z_]+)\)")


def main(
    folder: Path = typer.Argument(..., help="Folder with train.tsv, dev.tsv and, if there, test.tsv"),
    output: Path = typer.Argument(..., help="Folder for train.spacy, dev.spacy, test.spacy"),
    lang: str = typer.Option("en", help="Language of the tokenizer"),
) -> None:
    """Convert utterances with inline markup."""
    convert_splits(folder, output, (".tsv",), read_utterances, lang)


def read_utterances(nlp: Language, path: Path) -> Iterator[Doc]:
    for number, line in enumerate(read_lines(path), start=1):
        try:
            yield make_doc(nlp, *parse_line(line))
        except ValueError as error:
            raise ValueError(f"{path}, line {number}: {error}") from error


def parse_line(line: str) -> tuple[str, str, list[Bounds]]:
    """Intent, text without markup, and entities in characters of this text.

    RAISES (ValueError): No tab, an empty part, or brackets that are no markup.
    """
    intent, tab, marked = line.partition("\t")
    if not (tab and intent.strip() and marked.strip()):
        raise ValueError(f"expected intent, tab and text, found {line!r}")
    text = ""
    bounds: list[Bounds] = []
    end = 0
    for match in MARKUP.finditer(marked):
        text += marked[end : match.start()]
        bounds.append((len(text), len(text) + len(match[1]), match[2]))
        text += match[1]
        end = match.end()
    text += marked[end:]
    if "[" in text or "]" in text:
        raise ValueError(f"brackets that are no [span](LABEL): {marked!r}")
    return intent.strip(), text, bounds


def make_doc(nlp: Language, intent: str, text: str, bounds: list[Bounds]) -> Doc:
    """RAISES (ValueError): An entity that begins or ends inside a token."""
    doc = nlp.make_doc(text)
    ents = []
    for start, end, label in bounds:
        span = doc.char_span(start, end, label=label)
        if span is None:
            raise ValueError(f"[{text[start:end]}]({label}) begins or ends inside a token: {[t.text for t in doc]}")
        ents.append(span)
    doc.set_ents(ents, default="outside")
    doc.cats = {intent: 1.0}
    return doc


if __name__ == "__main__":
    typer.run(main)
