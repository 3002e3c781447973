"""What the scores of predicted entities claim at any temperature, and what the annotation says of them."""

from collections.abc import Callable, Sequence

import numpy as np
from spacy.training import Example

from ...arrays.ragged import starts_of
from ...tagging.tag_scores import TagScores
from ..confidence import Confidence
from .writing import PredictedEntities

ROUNDING = 1e-7  # of fp32: no score is taken to be surer than this

EntitiesAt = Callable[[TagScores, float], PredictedEntities]  # of a temperature, which changes nothing but their scores


def confidence_of_entities(
    entities_at: EntitiesAt, labels: Sequence[str], raw_scores: Sequence[TagScores], examples: Sequence[Example]
) -> Confidence:
    """Of the predicted entities: a score is the probability of the entity's own tags.

    The likelihood is that of being right or wrong. What overlaps tokens without annotation is neither.
    """
    outcomes, n_done = [np.zeros(0)], 0
    for scores in raw_scores:
        n_docs = len(scores.tokens_per_doc)
        starts = starts_of(scores.tokens_per_doc)
        outcomes.append(_outcomes(entities_at(scores, 1.0), starts, labels, examples[n_done : n_done + n_docs]))
        n_done += n_docs
    outcome = np.concatenate(outcomes)
    known = ~np.isnan(outcome)
    correct = outcome[known]

    def scores_at(temperature: float) -> np.ndarray:
        return np.concatenate([np.zeros(0), *(entities_at(part, temperature).score for part in raw_scores)])[known]

    def loss_at(temperature: float) -> float:
        scores = np.clip(scores_at(temperature), ROUNDING, 1 - ROUNDING)
        return float(-np.where(correct == 1, np.log(scores), np.log1p(-scores)).mean())

    return Confidence(scores_at, loss_at, correct)


def _outcomes(
    entities: PredictedEntities, doc_starts: np.ndarray, labels: Sequence[str], examples: Sequence[Example]
) -> np.ndarray:
    """1 for a right entity, 0 for a wrong one, nan where the annotation is silent, as spaCy's scorer has it."""
    docs = np.searchsorted(doc_starts, entities.first, side="right") - 1
    first, last = entities.first - doc_starts[docs], entities.last - doc_starts[docs]
    gold = [{(span.start, span.end, span.label_) for span in eg.reference.ents} for eg in examples]
    outcomes = []
    for doc, start, end, label in zip(docs.tolist(), first.tolist(), (last + 1).tolist(), entities.label.tolist()):
        eg = examples[doc]
        aligned = eg.alignment.x2y[start:end]
        if not len(aligned) or any(token.ent_iob == 0 for token in eg.reference[aligned[0] : aligned[-1] + 1]):
            outcomes.append(np.nan)
        else:
            outcomes.append(float((aligned[0], aligned[-1] + 1, labels[label]) in gold[doc]))
    return np.array(outcomes, dtype=np.float64)
