"""Matches of entities → the scores of the report."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from spacy.training import Example

from .by_length import scores_by_length
from .calibration_scores import calibration_scores
from .confusion import confusion
from .entities import KINDS, Entity, Match, schemas
from .mistakes import score_of
from .prf import FALSE_NEGATIVE, FALSE_POSITIVE, TRUE_POSITIVE, scores


def entity_scores(examples: Sequence[Example], compared: Sequence[list[Match] | None]) -> dict[str, Any]:
    """The part `entities` of the report.

    compared (Sequence): Of each example, see `compare_entities`; not all None.
    """
    docs = [(eg, matches) for eg, matches in zip(examples, compared) if matches is not None]
    labels = sorted({span.label_ for eg, _ in docs for span in (*eg.reference.ents, *eg.predicted.ents)})
    counts = count_matches([matches for _, matches in docs], labels)
    every = [match for _, matches in docs for match in matches]
    kinds = Counter(match.kind for match in every)
    by_label = Counter((match.entity.label, match.kind) for match in every)
    guesses = [(match.predicted, match.kind) for match in every if match.predicted is not None]
    scored = [(score_of(guess.span), kind == "correct") for guess, kind in guesses]
    pairs = [(_label(match.gold), _label(match.predicted)) for match in every]
    return {
        "docs": len(docs),
        "docs_without_annotation": len(examples) - len(docs),
        "predictions_without_annotation": sum(len(eg.predicted.ents) for eg, _ in docs) - len(guesses),
        **scores(counts, labels),
        "errors": {kind: kinds[kind] for kind in KINDS},
        "errors_per_label": {label: {kind: by_label[label, kind] for kind in KINDS} for label in labels},
        "schemas": schemas(kinds),
        "confusion": confusion(pairs, labels),
        "calibration": calibration_scores(scored),
        "by_length": scores_by_length(np.array([len(eg.reference) for eg, _ in docs]), counts),
    }


def count_matches(compared: Sequence[list[Match]], labels: Sequence[str]) -> np.ndarray:
    """Counts by Doc, see `prf`: (n_docs, n_labels, 3)."""
    column = {label: i for i, label in enumerate(labels)}
    counts = np.zeros((len(compared), len(labels), 3), dtype=np.int64)
    for doc, matches in enumerate(compared):
        for match in matches:
            if match.kind == "correct":
                counts[doc, column[match.entity.label], TRUE_POSITIVE] += 1
                continue
            if match.gold is not None:
                counts[doc, column[match.gold.label], FALSE_NEGATIVE] += 1
            if match.predicted is not None:
                counts[doc, column[match.predicted.label], FALSE_POSITIVE] += 1
    return counts


def _label(entity: Entity | None) -> str | None:
    return None if entity is None else entity.label
