"""Two pipelines' annotations of the same texts: which share of them is equal."""

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeAlias

from spacy.language import Language
from spacy.tokens import Doc

# Of tokens, which spaCy's own heads set.
TOKEN_ATTRIBUTES = ("tag", "pos", "morph", "lemma", "dep")

Annotations: TypeAlias = set[Hashable]


class Agreement(NamedTuple):
    """share: 2 · equal / (of the one + of the other), from 0 to 1. n_annotations: Of the first pipeline."""

    share: float
    n_annotations: int


def agreements(nlp: Language, before: Sequence[Doc], after: Sequence[Doc]) -> dict[str, Agreement]:
    """By what is annotated: "entities", spans by key, categories by component, attributes of tokens.

    An annotation is equal if its text, by characters, and its label are; of categories it is those that are predicted
    of a Doc.

    nlp (Language): One of the two pipelines.
    before, after (Sequence[Doc]): The same texts in the same order.
    """
    found: dict[str, Agreement] = {}
    for what, annotations in _kinds(nlp, [*before, *after]).items():
        pairs = [(annotations(one), annotations(other)) for one, other in zip(before, after)]
        n_before, n_after = (sum(len(pair[i]) for pair in pairs) for i in (0, 1))
        if n_before + n_after:
            n_equal = sum(len(one & other) for one, other in pairs)
            found[what] = Agreement(2 * n_equal / (n_before + n_after), n_before)
    return found


def _kinds(nlp: Language, docs: Sequence[Doc]) -> dict[str, Callable[[Doc], Annotations]]:
    components: list[tuple[str, Any]] = nlp.pipeline
    kinds: dict[str, Callable[[Doc], Annotations]] = {"entities": _entities}
    for key in sorted({key for doc in docs for key in doc.spans}):
        kinds[f"spans {key}"] = partial(_spans, key)
    for name, pipe in components:
        if hasattr(pipe, "categories"):
            kinds[f"categories of {name}"] = partial(_categories, pipe)
    if not any(hasattr(pipe, "categories") for _, pipe in components):
        kinds["best categories"] = _best_category
    for attribute in TOKEN_ATTRIBUTES:
        kinds[attribute] = partial(_of_tokens, attribute)
    return kinds


def _categories(pipe: Any, doc: Doc) -> Annotations:
    """All that are predicted of a Doc are one annotation."""
    return {tuple(sorted(pipe.categories(doc)))}


def _entities(doc: Doc) -> Annotations:
    return {(span.start_char, span.end_char, span.label_) for span in doc.ents}


def _spans(key: str, doc: Doc) -> Annotations:
    return {(span.start_char, span.end_char, span.label_) for span in doc.spans.get(key, ())}


def _best_category(doc: Doc) -> Annotations:
    return {max(doc.cats, key=lambda label: doc.cats[label])} if doc.cats else set()


def _of_tokens(attribute: str, doc: Doc) -> Annotations:
    if not doc.has_annotation(attribute.upper()):
        return set()
    return {(token.idx, str(getattr(token, f"{attribute}_" if attribute != "morph" else attribute))) for token in doc}
