"""The threshold of a label that gives the best F-score, and the threshold of decisions that gives the best mean."""

import numpy as np

from ..pipeline.decisions import Decisions


def best_threshold(scores: np.ndarray, positive: np.ndarray) -> float | None:
    """The threshold with the best F1 when scores at or over it count as predicted; None without positives.

    Candidates lie midway between neighbouring scores, and between the lowest one and 0. Of equally good ones it is the
    one nearest to 0.5.

    scores (ndarray): From 0 to 1: (n_docs,).
    positive (ndarray): Whether the label holds, as bool: (n_docs,).
    """
    if not positive.any():
        return None
    order = np.argsort(-scores, kind="stable")
    falling = scores[order]
    below = np.append(falling[1:], 0.0)
    n_predicted = np.arange(1, len(scores) + 1)
    f_scores = f1(np.cumsum(positive[order]), n_predicted, int(positive.sum()))
    # Equal scores are predicted together. A lowest score of 0 leaves no room below: then everything is predicted.
    last_of_equals = (falling != below) | (n_predicted == len(scores))
    candidates, f_scores = ((falling + below) / 2)[last_of_equals], f_scores[last_of_equals]
    best = candidates[f_scores >= f_scores.max() - 1e-12]
    return float(best[np.argmin(np.abs(best - 0.5))])


def best_decision(decisions: Decisions) -> float:
    """The threshold at which the scorer gives the best mean. Candidates lie midway between neighbouring scores, and
    between the outermost ones and 0 and 1. Of equally good ones it is the one nearest to 0.5.
    """
    order = np.argsort(decisions.scores, kind="stable")
    rising = np.concatenate([[0.0], decisions.scores[order], [1.0]])
    # Of the first candidate everything is predicted, of each further one item less.
    gains = (decisions.if_not - decisions.if_predicted)[order]
    sums = decisions.if_predicted.sum() + np.concatenate([[0.0], np.cumsum(gains)])
    candidates = (rising[:-1] + rising[1:]) / 2
    between = rising[:-1] < rising[1:]  # equal scores are decided together
    candidates, sums = candidates[between], sums[between]
    best = candidates[sums >= sums.max() - 1e-9]
    return float(best[np.argmin(np.abs(best - 0.5))])


def f1(n_right: np.ndarray | int, n_predicted: np.ndarray | int, n_gold: int) -> np.ndarray:
    """2 · right / (predicted + gold), 0 where there is neither."""
    scores: np.ndarray = 2 * np.asarray(n_right) / np.maximum(np.asarray(n_predicted) + n_gold, 1)
    return scores
