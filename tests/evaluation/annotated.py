"""Small annotated Docs, made in memory."""

import spacy
from spacy.tokens import Doc
from spacy.training import Example

from spacy_bert_ext.pipeline.scores import define_score

VOCAB = spacy.blank("en").vocab


def make_doc(words: list[str], ents: list[str] | None = None, cats: dict[str, float] | None = None) -> Doc:
    """ents (List[str]): BIO tags; "" where nothing is annotated. None: nowhere."""
    doc = Doc(VOCAB, words=words, ents=ents)
    doc.cats = cats or {}
    return doc


def make_example(
    gold: list[str] | None, predicted: list[str] | None = None, *, words: list[str] | None = None
) -> Example:
    """The same tokens with gold and predicted BIO tags."""
    words = [f"w{i}" for i in range(len(gold or predicted))] if words is None else words
    return Example(make_doc(words, predicted), make_doc(words, gold))


def make_cats_example(gold: dict[str, float], predicted: dict[str, float]) -> Example:
    return Example(make_doc(["a"], cats=predicted), make_doc(["a"], cats=gold))


def set_scores(doc: Doc, *scores: float) -> None:
    """`span._.score` of the Doc's entities."""
    define_score()
    for span, score in zip(doc.ents, scores, strict=True):
        span._.score = score
