"""Decisions on categories → the scores of the report."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from spacy.scorer import Scorer
from spacy.training import Example

from .by_length import scores_by_length
from .calibration_scores import calibration_scores, without_nan
from .categories import Categorizer, Decision, count_decisions, probabilities
from .confusion import confusion
from .prf import scores


def category_scores(
    examples: Sequence[Example], decisions: Sequence[Decision | None], categorizer: Categorizer
) -> dict[str, Any]:
    """The part of one component under `categories` in the report.

    decisions (Sequence): Of each example, see `decide`; not all None.
    """
    docs = [(eg, decision) for eg, decision in zip(examples, decisions) if decision is not None]
    labels = categorizer.labels
    counts = count_decisions([decision for _, decision in docs], labels)
    exclusive = categorizer.exclusive
    scored = [pair for _, decision in docs for pair in probabilities(decision, exclusive=exclusive)]
    pairs = [(next(iter(decision.gold)), next(iter(decision.chosen), None)) for _, decision in docs]
    return {
        "exclusive": exclusive,
        "thresholds": None if exclusive else categorizer.thresholds,
        "docs": len(docs),
        "docs_without_annotation": len(examples) - len(docs),
        **scores(counts, labels),
        "auc": None if exclusive else _auc([eg for eg, _ in docs], labels),
        "confusion": confusion(pairs, labels) if exclusive else None,
        "calibration": calibration_scores(scored),
        "by_length": scores_by_length(np.array([len(eg.reference) for eg, _ in docs]), counts),
    }


def _auc(examples: Sequence[Example], labels: Sequence[str]) -> dict[str, Any]:
    found = Scorer.score_cats(examples, "cats", labels=labels, multi_label=True)
    per_label = found["cats_auc_per_type"]
    return {
        "macro": without_nan(found["cats_macro_auc"]),
        "per_label": {label: None if per_label[label] is None else without_nan(per_label[label]) for label in labels},
    }
