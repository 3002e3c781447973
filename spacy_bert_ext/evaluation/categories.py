"""Gold categories beside predicted ones, as spaCy's `Scorer.score_cats` counts them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from spacy.language import Language
from spacy.pipeline import MultiLabel_TextCategorizer, Pipe, TextCategorizer
from spacy.tokens import Doc
from spacy.training import Example

from .prf import FALSE_NEGATIVE, FALSE_POSITIVE, TRUE_POSITIVE

UNDECLARED = "doc.cats"  # name of the categories that no component declares
MULTILABEL_THRESHOLD = 0.5  # spaCy's


class Categorizer(NamedTuple):
    """What sets some of `doc.cats`.

    exclusive: Whether exactly one category holds: the one that scores best is predicted.
    thresholds: From which score on an independent category is predicted, by label; empty if exclusive.
    """

    name: str
    labels: tuple[str, ...]
    exclusive: bool
    thresholds: dict[str, float]


class Decision(NamedTuple):
    """What was annotated and predicted for one Doc, by label. gold, chosen: What holds, and what is taken to hold."""

    scores: dict[str, float]
    gold: dict[str, bool]
    chosen: dict[str, bool]


def find_categorizers(nlp: Language, docs: Iterable[Doc]) -> list[Categorizer]:
    """The components that declare to set `doc.cats`; and, for further categories that the Docs have, one of no name.

    docs (Iterable[Doc]): Predicted.
    """
    found = []
    for name, pipe in nlp.pipeline:
        if "doc.cats" in nlp.get_pipe_meta(name).assigns and isinstance(pipe, Pipe) and pipe.labels:
            exclusive = _is_exclusive(pipe)
            thresholds = {} if exclusive else _thresholds(pipe.labels, getattr(pipe, "cfg", {}))
            found.append(Categorizer(name, tuple(pipe.labels), exclusive, thresholds))
    known = {label for categorizer in found for label in categorizer.labels}
    others = sorted({label for doc in docs for label in doc.cats} - known)
    if others:
        found.append(Categorizer(UNDECLARED, tuple(others), False, _thresholds(others, {})))
    return found


def _is_exclusive(pipe: Pipe) -> bool:
    own = getattr(pipe, "exclusive", None)
    if own is not None:
        return bool(own)
    if isinstance(pipe, TextCategorizer):
        return not isinstance(pipe, MultiLabel_TextCategorizer)
    # spaCy hands `cfg` to the scorer, whose description of the score tells both kinds apart.
    return pipe.score([]).get("cats_score_desc", "macro AUC") != "macro AUC"


def _thresholds(labels: Sequence[str], cfg: Mapping[str, Any]) -> dict[str, float]:
    """`threshold` for all labels, but those that have one of their own in `thresholds`."""
    own = cfg.get("thresholds") or {}
    common = cfg.get("threshold", MULTILABEL_THRESHOLD)
    return {label: own.get(label, common) for label in labels}


def decide(eg: Example, categorizer: Categorizer) -> Decision | None:
    """None if the Doc does not count: no gold value at all; or, with exclusive categories, none above 0."""
    # In the order of `doc.cats`: of equal scores spaCy takes the first.
    gold = {label: value for label, value in eg.reference.cats.items() if label in categorizer.labels}
    scores = {label: value for label, value in eg.predicted.cats.items() if label in categorizer.labels}
    if not categorizer.exclusive:
        if not gold:
            return None
        chosen = {label: scores.get(label, 0.0) >= categorizer.thresholds[label] for label in gold}
        return Decision(scores, {label: value > 0 for label, value in gold.items()}, chosen)
    if not any(value > 0 for value in gold.values()):
        return None
    return Decision(scores, {max(gold, key=gold.__getitem__): True}, {best: True for best in best_of(scores)})


def unknown_categories(examples: Iterable[Example], categorizers: Iterable[Categorizer]) -> dict[str, int]:
    """Gold categories that hold and that nothing predicts: in how many Docs. What is right there is not known."""
    known = {label for categorizer in categorizers for label in categorizer.labels}
    found = Counter(label for eg in examples for label, value in eg.reference.cats.items() if value > 0)
    return {label: n_docs for label, n_docs in sorted(found.items()) if label not in known}


def best_of(scores: dict[str, float]) -> list[str]:
    """The label of the highest score; nothing if there are no scores."""
    return [max(scores, key=scores.__getitem__)] if scores else []


def count_decisions(decisions: Sequence[Decision], labels: Sequence[str]) -> np.ndarray:
    """Counts by Doc, see `prf`: (n_docs, n_labels, 3)."""
    column = {label: i for i, label in enumerate(labels)}
    counts = np.zeros((len(decisions), len(labels), 3), dtype=np.int64)
    for row, decision in zip(counts, decisions):
        for label in {**decision.gold, **decision.chosen}:
            holds, chosen = decision.gold.get(label, False), decision.chosen.get(label, False)
            if chosen:
                row[column[label], TRUE_POSITIVE if holds else FALSE_POSITIVE] += 1
            elif holds:
                row[column[label], FALSE_NEGATIVE] += 1
    return counts


def probabilities(decision: Decision, *, exclusive: bool) -> list[tuple[float, bool]]:
    """Scores and whether what they stand for came true: of the best category alone, or of every annotated one."""
    labels = decision.chosen if exclusive else decision.gold
    return [(decision.scores.get(label, 0.0), decision.gold.get(label, False)) for label in labels]
