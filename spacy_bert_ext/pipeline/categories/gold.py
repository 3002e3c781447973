"""Gold categories: checked, counted, and those that can't be learned."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from numbers import Real

import numpy as np
from spacy.errors import Errors as SpacyErrors
from spacy.tokens import Doc

from ...errors import Errors


@dataclass
class CategoryCounts:
    """What speaks for and against each category, in examples.

    found: All labels, in the order in which they first appear.
    n_unannotated: Docs without any.
    holding: Docs in which a category is taken to hold, since its value is 0.5 or more.
    positive, negative: What is learned from: values, and what they lack to 1. Docs without text don't count.
    """

    found: dict[str, None] = field(default_factory=dict)
    n_docs: int = 0
    n_unannotated: int = 0
    holding: Counter[str] = field(default_factory=Counter)
    positive: defaultdict[str, float] = field(default_factory=partial(defaultdict, float))
    negative: defaultdict[str, float] = field(default_factory=partial(defaultdict, float))

    def add(self, gold: Doc, labels: Iterable[str] | None, *, exclusive: bool) -> None:
        """labels (Iterable[str]): Those that count; None for all."""
        self.n_docs += 1
        self.n_unannotated += not gold.cats
        self.found.update(dict.fromkeys(gold.cats))
        self.holding.update(label for label, value in gold.cats.items() if value >= 0.5)
        if not has_text(gold):
            return
        own = gold.cats if labels is None else only(gold.cats, labels)
        total = sum(own.values()) if exclusive else 1.0
        for label, value in own.items():
            self.positive[label] += value / total if total else 0.0
            self.negative[label] += 1 - value

    def of(self, labels: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """Positive and negative counts: (n_labels,) each."""
        positive, negative = (
            np.array([counter[label] for label in labels]) for counter in (self.positive, self.negative)
        )
        return positive, negative

    def never_false(self, labels: Iterable[str]) -> list[str]:
        """Those that hold wherever they are annotated, so that nothing tells where they don't."""
        return [label for label in labels if self.positive[label] and not self.negative[label]]


def check_categories(gold: Doc, labels: Iterable[str], name: str, *, exclusive: bool) -> None:
    """Gold values of these labels; others in `cats` may belong to another categorizer.

    RAISES (ValueError): No number from 0 to 1; or several categories that exclude each other.
    """
    own = only(gold.cats, labels)
    for label, value in own.items():
        if not _is_gold_value(value) or not 0 <= value <= 1:
            raise ValueError(Errors.B027.format(name=name, value=value, label=label, text=gold.text[:50]))
    if exclusive and sum(value == 1 for value in own.values()) > 1:
        raise ValueError(SpacyErrors.E895.format(value=own))


def check_positive_label(positive_label: str | None, labels: Sequence[str], name: str, *, exclusive: bool) -> None:
    """RAISES (ValueError): It is none of two categories that exclude each other."""
    if positive_label is None:
        return
    if not exclusive:
        raise ValueError(Errors.B151.format(name=name, label=positive_label))
    if positive_label not in labels:
        raise ValueError(SpacyErrors.E920.format(pos_label=positive_label, labels=labels))
    if len(labels) != 2:
        raise ValueError(SpacyErrors.E919.format(pos_label=positive_label, labels=labels))


def _is_gold_value(value: object) -> bool:
    return isinstance(value, (Real, np.bool_))


def only(cats: Mapping[str, float], labels: Iterable[str]) -> dict[str, float]:
    return {label: cats[label] for label in labels if label in cats}


def has_text(doc: Doc) -> bool:
    """Whether there is more to it than white space."""
    return any(not token.is_space for token in doc)
