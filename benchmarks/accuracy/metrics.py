"""Scores in percent, by spaCy's scorer, and thresholds."""

from collections.abc import Mapping, Sequence

import numpy as np
from data import Target
from spacy.scorer import Scorer, get_ner_prf
from spacy.tokens import Doc
from spacy.training import Example

THRESHOLDS = np.arange(0.05, 0.96, 0.05)
# What tells the best epoch, and stands in the table.
MAIN = {"entities": ("entity_f1",), "category": ("accuracy",), "categories": ("macro_auc",)}


def score(docs: Sequence[Doc], found: Sequence[Doc], targets: Sequence[Target]) -> dict[str, float]:
    """docs: As annotated by hand. found: The same words with a contender's annotations."""
    examples = [Example(predicted, doc) for predicted, doc in zip(found, docs, strict=True)]
    scores: dict[str, float] = {}
    if "entities" in targets:
        entities = get_ner_prf(examples)
        names = (("entity_p", "ents_p"), ("entity_r", "ents_r"), ("entity_f1", "ents_f"))
        scores |= {name: 100 * entities[key] for name, key in names}
    if "category" in targets:
        # Each Doc has one, and one is predicted: the micro-averaged F-score is the accuracy.
        scores["accuracy"] = 100 * _categories(examples, multi_label=False)["cats_micro_f"]
    if "categories" in targets:
        categories = _categories(examples, multi_label=True)
        scores |= {"macro_f1": 100 * categories["cats_macro_f"], "macro_auc": 100 * categories["cats_macro_auc"]}
    return scores


def main_score(scores: Mapping[str, float], targets: Sequence[Target]) -> float:
    names = [name for target in targets for name in MAIN[target]]
    return sum(scores[name] for name in names) / len(names)


def tuned_macro_f1(
    docs: Sequence[Doc], found: Sequence[Doc], tune_docs: Sequence[Doc], tune_found: Sequence[Doc]
) -> float:
    """Mean F1 of the categories on `docs`, each with the threshold that is best for it on `tune_docs`.

    A category that none of those has keeps 0.5.
    """
    labels = sorted(docs[0].cats)
    tuned = _f1(_matrix(tune_docs, labels), _matrix(tune_found, labels))
    # The middle of the best ones, which are often several.
    best = np.array([np.median(THRESHOLDS[column == column.max()]) if column.max() > 0 else 0.5 for column in tuned.T])
    gold, scores = _matrix(docs, labels), _matrix(found, labels)
    return float(100 * f1_of(gold, scores >= best).mean())


def _f1(gold: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """(n_thresholds, n_labels)."""
    return np.stack([f1_of(gold, scores >= threshold) for threshold in THRESHOLDS])


def f1_of(gold: np.ndarray, holds: np.ndarray) -> np.ndarray:
    """Of each category: (n_labels,)."""
    n_right = (holds & (gold == 1)).sum(0)
    return 2 * n_right / np.maximum(holds.sum(0) + gold.sum(0), 1)


def _matrix(docs: Sequence[Doc], labels: Sequence[str]) -> np.ndarray:
    """(n_docs, n_labels)."""
    return np.array([[doc.cats[label] for label in labels] for doc in docs])


def _categories(examples: Sequence[Example], *, multi_label: bool) -> dict[str, float]:
    labels = sorted(examples[0].reference.cats)
    threshold = 0.5 if multi_label else 0.0
    return Scorer.score_cats(examples, "cats", labels=labels, multi_label=multi_label, threshold=threshold)
