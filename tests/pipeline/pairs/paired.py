"""Four pairs that small pipelines learn by heart."""

from collections.abc import Sequence
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from tests.pipeline.pipelines import make_nlp

BORDER = "|||"
PAIRS = [
    ("Angela Merkel met Barack Obama .", "Who met Barack Obama ?"),
    ("order two pizzas with cheese , please", "The weather in London is fine ."),
    ("Manchester United lost against Real Madrid", "Who lost against Real Madrid ?"),
    ("The president of Germany is in Berlin .", "Play the latest song by Queen ."),
]
BEST = ["fits", "fails", "fits", "fails"]
NUMBERS = [1.0, 0.0, 0.8, 0.2]


def paired_doc(nlp: Language, first: str, second: str, border: str | None = None) -> Doc:
    """Given the second text; or with both in one Doc."""
    doc = nlp.make_doc(first if border is None else f"{first} {border} {second}")
    if border is None:
        doc._.pair = second
    return doc


def paired_docs(nlp: Language, border: str | None = None) -> list[Doc]:
    return [paired_doc(nlp, *pair, border) for pair in PAIRS]


def paired_examples(nlp: Language, border: str | None = None) -> list[Example]:
    """The predicted Docs have the text alone, as spaCy's `Corpus` makes them."""
    examples = []
    for gold, best, number in zip(paired_docs(nlp, border), BEST, NUMBERS):
        gold.cats = {label: float(label == best) for label in ("fits", "fails")}
        if Doc.has_extension("pair_score"):
            gold._.pair_score = number
        examples.append(Example(nlp.make_doc(gold.text), gold))
    return examples


def make_pair_nlp(folder: str, factory: str = "bert_textpair", *, encoder: dict[str, Any] | None = None, **config):
    """An encoder and a head of pairs, not initialized."""
    nlp = make_nlp(folder, heads=(), **(encoder or {}))
    nlp.add_pipe(factory, config=config)
    return nlp


def make_initialized_pairs(
    folder: str, factory: str = "bert_textpair", *, encoder: dict[str, Any] | None = None, **config
) -> Language:
    nlp = make_pair_nlp(folder, factory, encoder=encoder, **config)
    nlp.initialize(lambda: paired_examples(nlp, config.get("border")))
    return nlp


def best_of(docs: Sequence[Doc]) -> list[str]:
    return [max(doc.cats, key=doc.cats.__getitem__) for doc in docs]
