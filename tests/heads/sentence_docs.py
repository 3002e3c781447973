"""Docs of sentences of a few words."""

import spacy
from spacy.tokens import Doc

NLP = spacy.blank("en")

TEXTS = {
    "five": "Angela Merkel visited Berlin . She met Obama . \n The weather was bad . Obama left Berlin . Nobody knew .",
    "one": "Order two pizzas with cheese .",
    "two": "Manchester lost to Madrid . Madrid scored twice against Manchester .",
}


def doc_of(text: str) -> Doc:
    """A sentence ends with a full stop."""
    words = text.split(" ")
    starts = [i == 0 or words[i - 1] == "." for i in range(len(words))]
    return Doc(NLP.vocab, words=words, sent_starts=starts)


def docs() -> list[Doc]:
    """Three, with an empty one among them."""
    found = [doc_of(text) for text in TEXTS.values()]
    return [found[0], Doc(NLP.vocab), *found[1:]]
