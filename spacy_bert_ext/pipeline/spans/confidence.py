"""What the scores of spans claim, at any temperature, and what the annotation says of them."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from ...losses.span_losses import GoldSpans
from ...spans.candidates import Candidates
from ...spans.span_scores import SpanScores
from ..confidence import Confidence

ROUNDING = 1e-7  # of fp32: no score is taken to be surer than this
LEAST_SCORE = 0.1  # of the spans that calibration looks at: of thousands that are not worth a thought all are right

# Candidates and the scores of their labels, a bounded number at once.
Scored = Iterator[tuple[Candidates, np.ndarray]]


def confidence_of_spans(
    scores_at: Callable[[SpanScores, float], Scored], raw_scores: Sequence[SpanScores], gold: Sequence[GoldSpans]
) -> Confidence:
    """Of pairs of a candidate and a label that score at least LEAST_SCORE at temperature 1. Each is right or wrong; in
    Docs that are not annotated it is neither.
    """
    truths, used = [np.zeros(0)], [np.zeros(0, dtype=bool)]
    for part, of_part in zip(raw_scores, gold):
        for candidates, scores in scores_at(part, 1.0):
            truths.append(of_part.values(candidates, scores.shape[1]).ravel())
            used.append(
                (scores.ravel() >= LEAST_SCORE) & np.repeat(of_part.is_annotated[candidates.first], scores.shape[1])
            )
    is_used = np.concatenate(used)
    correct = np.concatenate(truths)[is_used]

    def scores_of_used(temperature: float) -> np.ndarray:
        found = [scores.ravel() for part in raw_scores for _, scores in scores_at(part, temperature)]
        of_used: np.ndarray = np.concatenate([np.zeros(0), *found])[is_used]
        return of_used

    def loss_at(temperature: float) -> float:
        scores = np.clip(scores_of_used(temperature), ROUNDING, 1 - ROUNDING)
        return float(-np.where(correct == 1, np.log(scores), np.log1p(-scores)).mean())

    return Confidence(scores_of_used, loss_at, correct)


def scores_of_each_label(
    scores_of: Callable[[SpanScores], Scored],
    raw_scores: Sequence[SpanScores],
    gold: Sequence[GoldSpans],
    n_labels: int,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Of each label: its scores of the candidates in annotated Docs, and whether it holds there.

    Gold spans that are no candidates have a score of 0.
    """
    scores, holds = [np.zeros((0, n_labels))], [np.zeros((0, n_labels))]
    missed = np.zeros(n_labels, dtype=np.int64)
    for part, of_part in zip(raw_scores, gold):
        missed += np.bincount(of_part.label, minlength=n_labels)
        for candidates, found in scores_of(part):
            annotated = of_part.is_annotated[candidates.first]
            scores.append(found[annotated])
            holds.append(of_part.values(candidates, n_labels)[annotated])
            missed -= holds[-1].sum(axis=0).astype(np.int64)
    for n_missed, of_label, truths in zip(missed.tolist(), np.concatenate(scores).T, np.concatenate(holds).T):
        yield np.append(of_label, np.zeros(n_missed)).astype(np.float64), np.append(truths, np.ones(n_missed)) > 0
