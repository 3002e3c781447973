"""Probabilities of candidates → predicted spans."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..types import Bools1d, Ints1d
from .attributes import PredictedValues
from .candidates import Candidates
from .span_scores import SpanScores


class PredictedSpans(NamedTuple):
    """Over the flat tokens of some Docs, in their order; several may have the same tokens: (n_spans,) each.

    label: Place in the component's labels.
    score: Probability, from 0 to 1.
    span_scores: From which they were predicted, if they were: what `get_loss` needs.
    attributes: The values of each attribute of the component.
    """

    first: Ints1d
    last: Ints1d
    label: Ints1d
    score: np.ndarray
    span_scores: SpanScores | None = None
    attributes: tuple[PredictedValues, ...] = ()

    def where(self, kept: np.ndarray) -> "PredictedSpans":
        """kept (ndarray): A mask, or places."""
        return PredictedSpans(self.first[kept], self.last[kept], label=self.label[kept], score=self.score[kept])


def independent_spans(
    candidates: Candidates, probabilities: np.ndarray, thresholds: np.ndarray, max_positive: int | None
) -> PredictedSpans:
    """Each label at or over its threshold; of one candidate the `max_positive` likeliest.

    probabilities (ndarray): (n_candidates, n_labels).
    thresholds (ndarray): (n_labels,).
    """
    kept = probabilities >= thresholds
    if max_positive is not None and max_positive < probabilities.shape[1]:
        ranked = np.argsort(-probabilities, axis=1, kind="stable")
        np.put_along_axis(kept, ranked[:, max_positive:], False, axis=1)
    rows, labels = np.nonzero(kept)
    return PredictedSpans(candidates.first[rows], candidates.last[rows], labels, probabilities[rows, labels])


def exclusive_spans(candidates: Candidates, probabilities: np.ndarray, thresholds: np.ndarray) -> PredictedSpans:
    """The likeliest label of each candidate, if it is likelier than none of them, and at or over its threshold.

    probabilities (ndarray): The first is that of none: (n_candidates, 1 + n_labels).
    thresholds (ndarray): (n_labels,).
    """
    best = probabilities.argmax(axis=1)
    scores = probabilities[np.arange(len(best)), best]
    rows = np.flatnonzero((best > 0) & (scores >= thresholds[best - 1]))
    return PredictedSpans(candidates.first[rows], candidates.last[rows], best[rows] - 1, scores[rows])


def concatenated(parts: Sequence[PredictedSpans]) -> PredictedSpans:
    """All parts' spans, in the order of their tokens; none if there are no parts."""
    if not parts:
        nothing = np.zeros(0, dtype=np.int64)
        return PredictedSpans(nothing, nothing, label=nothing, score=np.zeros(0, dtype=np.float32))
    first, last, label, score = (np.concatenate(arrays) for arrays in zip(*(part[:4] for part in parts)))
    return PredictedSpans(first, last, label=label, score=score)


def sure_overlaps(spans: PredictedSpans, n_tokens: int, threshold: float) -> Bools1d:
    """Which spans stay if those that share a token with a likelier one that stays need this score: (n_spans,)."""
    kept: Bools1d = spans.score >= threshold
    taken = np.zeros(n_tokens, dtype=bool)
    for first, last in zip(spans.first[kept].tolist(), spans.last[kept].tolist()):
        taken[first : last + 1] = True
    unsure = np.flatnonzero(~kept)
    kept[unsure] = without_overlaps(spans.where(unsure), taken)
    return kept


def without_overlaps(spans: PredictedSpans, taken: Bools1d) -> Bools1d:
    """Which spans stay if none may share a token with a likelier one that stays: (n_spans,).

    taken (ndarray): Tokens that no span may have; those of the spans that stay are added: (n_tokens,).
    """
    kept = np.zeros(len(spans.first), dtype=bool)
    for i in np.argsort(-spans.score, kind="stable").tolist():
        tokens = slice(int(spans.first[i]), int(spans.last[i]) + 1)
        if not taken[tokens].any():
            taken[tokens] = kept[i] = True
    return kept
