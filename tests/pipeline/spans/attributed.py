"""Spans with attributes, gold and predicted; names of extensions that no other test has defined."""

from collections.abc import Iterator
from contextlib import contextmanager

from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example

GOLD = {
    "no fever was seen": [(1, 2, "SIGN", True, "sure")],
    "fever was seen": [(0, 1, "SIGN", False, "sure")],
    "without severe pain or fever": [
        (1, 3, "SIGN", True, "sure"),
        (2, 3, "PART", True, "sure"),
        (4, 5, "SIGN", True, None),
    ],
    "severe pain may be there": [(0, 2, "SIGN", False, "unsure"), (1, 2, "PART", False, "unsure")],
    "all is well": [],
}
NAMES = ("negated", "certainty")


@contextmanager
def extensions_removed(*names: str) -> Iterator[None]:
    """As in a process that has defined nothing; and what is defined within is gone after it."""
    extensions = [extension for name in names for extension in (name, f"{name}_score")]
    kept = {name: Span.remove_extension(name) for name in extensions if Span.has_extension(name)}
    try:
        yield
    finally:
        for name in extensions:
            if Span.has_extension(name):
                Span.remove_extension(name)
        for name, (default, method, getter, setter) in kept.items():
            if getter is None and method is None:
                Span.set_extension(name, default=default)
            else:
                Span.set_extension(name, method=method, getter=getter, setter=setter)


def set_spans(doc: Doc, *spans: tuple, key: str = "sc") -> Doc:
    """Start, end, label, and values of NAMES, as many as there are."""
    made = []
    for start, end, label, *values in spans:
        span = Span(doc, start, end, label=label)
        for name, value in zip(NAMES, values):
            if value is not None:
                span._.set(name, value)
        made.append(span)
    doc.spans[key] = made
    return doc


def make_examples(nlp: Language, key: str = "sc") -> list[Example]:
    return [Example(nlp.make_doc(text), set_spans(nlp.make_doc(text), *spans, key=key)) for text, spans in GOLD.items()]


def example(nlp: Language, text: str, *spans: tuple, predicted: list[tuple] | None = None) -> Example:
    doc = nlp.make_doc(text)
    if predicted is not None:
        set_spans(doc, *predicted)
    return Example(doc, set_spans(nlp.make_doc(text), *spans))
