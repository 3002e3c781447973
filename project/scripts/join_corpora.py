"""Corpora of several recipes to one, of which every head learns from the Docs that are annotated for it."""

import random
from pathlib import Path

import spacy
import typer
from spacy.tokens import DocBin
from wasabi import msg


def main(
    corpora: list[Path] = typer.Argument(..., help="Folders with train.spacy and dev.spacy"),
    output: Path = typer.Option(..., help="Folder for train.spacy and dev.spacy"),
    most_docs: int = typer.Option(500, help="Docs of each corpus to train on, at most, drawn at random"),
    most_dev_docs: int = typer.Option(150, help="Docs of each corpus to develop on, at most"),
    lang: str = typer.Option("en", help="Language of the Docs"),
) -> None:
    """Draw Docs from each corpus."""
    nlp = spacy.blank(lang)
    output.mkdir(parents=True, exist_ok=True)
    for split, most in (("train", most_docs), ("dev", most_dev_docs)):
        joined = DocBin(store_user_data=True)  # where questions stand
        for corpus in corpora:
            docs = list(DocBin().from_disk(corpus / f"{split}.spacy").get_docs(nlp.vocab))
            for doc in random.Random(0).sample(docs, min(most, len(docs))):
                joined.add(doc)
        joined.to_disk(output / f"{split}.spacy")
        msg.good(f"{output / split}.spacy: {len(joined):,} Docs of {len(corpora)} corpora")


if __name__ == "__main__":
    typer.run(main)
