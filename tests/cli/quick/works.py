"""Runs of `spacy bert quick` for tests."""

from pathlib import Path

import spacy
from spacy.tokens import Doc, DocBin

from spacy_bert_ext.cli.quick.journal import FILE, Journal
from spacy_bert_ext.cli.quick.request import Request
from spacy_bert_ext.cli.quick.steps import Work


def make_work(folder: Path, task: str = "ner", data: str = "data.csv", **options) -> Work:
    request = Request(data, task, lang="en", output=folder, **options)
    return Work(request, Journal(folder), lambda lang: f"encoder-{lang}")


def write_corpus(folder: Path, *numbers: int) -> None:
    """numbers: Of texts in train, dev and test."""
    (folder / "corpus").mkdir(parents=True)
    if not (folder / FILE).exists():
        (folder / FILE).write_text("{}", encoding="utf8")
    vocab = spacy.blank("en").vocab
    for part, n in zip(("train", "dev", "test"), numbers):
        docs = [Doc(vocab, words=["Ada", "met", str(i)], ents=["B-PERSON", "O", "O"]) for i in range(n)]
        DocBin(docs=docs).to_disk(folder / "corpus" / f"{part}.spacy")
