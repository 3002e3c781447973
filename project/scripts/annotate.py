"""Annotate new sentences with an installed pipeline package."""

import sys
from pathlib import Path

import spacy
import typer
from spacy.tokens import Doc

SENTENCES = (
    "Could you get us a table for five at Osteria Luna on Saturday at half past seven?",
    "play Teardrop by Massive Attack",
    "Text my sister that the train is running late.",
    "Are there direct flights from Dublin to Valencia on 12 June?",
    "will I need an umbrella in Bergen tomorrow evening",
    "Put oat milk and two lemons on the shopping list",
)


def main(
    package: str = typer.Argument(..., help="Name of the pipeline package"),
    not_from: Path = typer.Option(None, help="Fail if spacy_bert_ext is imported from inside this folder"),
) -> None:
    """Load a pipeline package by its name and print what it finds in new sentences."""
    nlp = spacy.load(package)
    code = Path(sys.modules["spacy_bert_ext"].__file__).resolve()
    print(f"Pipeline:        {nlp.meta['lang']}_{nlp.meta['name']} {nlp.meta['version']}, {', '.join(nlp.pipe_names)}")
    print(f"spacy_bert_ext:  {code.parent}")
    if not_from is not None and code.is_relative_to(not_from.resolve()):
        sys.exit(f"spacy_bert_ext was imported from inside {not_from}")
    for doc in nlp.pipe(SENTENCES):
        print("\n".join(["", doc.text, *annotation_lines(doc)]))


def annotation_lines(doc: Doc) -> list[str]:
    category = max(doc.cats, key=doc.cats.get)
    entities = [f"  {ent.label_:<14}{ent._.score:.2f}  {ent.text}" for ent in doc.ents]
    return [f"  {category:<14}{doc.cats[category]:.2f}", *entities]


if __name__ == "__main__":
    typer.run(main)
