"""What a contender found in a text, and how much of it is right."""

from collections.abc import Sequence
from typing import NamedTuple

from spacy.tokens import Doc
from tasks import has_entities


class Annotation(NamedTuple):
    """entities: Start, end (exclusive, both in characters) and label. category: None if there is none."""

    entities: set[tuple[int, int, str]]
    category: str | None


def annotation_of(doc: Doc) -> Annotation:
    entities = {(ent.start_char, ent.end_char, ent.label_) for ent in doc.ents}
    return Annotation(entities, max(doc.cats, key=doc.cats.get) if doc.cats else None)


def score(docs: Sequence[Doc], found: Sequence[Annotation]) -> dict[str, float]:
    """Percent: F1 of exact entities, and accuracy of the category, each over the Docs that have it annotated.

    docs: As annotated by hand.
    """
    n_right = n_found = n_gold = n_right_categories = n_categories = 0
    for doc, annotation in zip(docs, found, strict=True):
        gold = annotation_of(doc)
        if has_entities(doc):
            n_right += len(gold.entities & annotation.entities)
            n_found += len(annotation.entities)
            n_gold += len(gold.entities)
        if gold.category is not None:
            n_right_categories += gold.category == annotation.category
            n_categories += 1
    return {
        "entity_f1": 200 * n_right / max(n_found + n_gold, 1),
        "category_accuracy": 100 * n_right_categories / max(n_categories, 1),
    }
