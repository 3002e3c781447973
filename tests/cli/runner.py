"""Calls of commands as users make them, and small corpora for these."""

from pathlib import Path

import spacy
from spacy.cli._util import app
from spacy.tokens import Doc, DocBin
from typer.testing import CliRunner

import spacy_bert_ext.cli  # noqa: F401  (registers the commands)

WORDS = ["the", "president", "of", "Germany", "met", "the", "chancellor"]


TAGS = ["O", "O", "O", "B-GPE", "O", "O", "O"]


def run(*arguments: object, input: str | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["bert", *map(str, arguments)], input=input)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def corpus(path: Path, *docs: Doc) -> Path:
    DocBin(docs=docs).to_disk(path)
    return path


def doc(cats: dict[str, float], tags: list[str] | None = None) -> Doc:
    made = Doc(spacy.blank("en").vocab, words=WORDS, ents=TAGS if tags is None else tags)
    made.cats = cats
    return made


def examine(config: Path, train: Path, dev: Path) -> tuple[int, str]:
    code, output = run("doctor", config, "--paths.train", train, "--paths.dev", dev)
    return code, " ".join(output.split())
