"""Whether scores are probabilities: among predictions of score 0.8, 80 % should be right."""

from typing import NamedTuple

import numpy as np


class Reliability(NamedTuple):
    """A reliability diagram, in bins of equal width.

    bin_edges: (n_bins + 1,), from 0 to 1.
    counts: Predictions in each bin: (n_bins,).
    mean_scores, accuracies: Of the predictions in each bin, nan in empty ones: (n_bins,).
    ece: Expected calibration error, the mean distance of both over all predictions (Guo et al. 2017); 0 without any.
    """

    bin_edges: np.ndarray
    counts: np.ndarray
    mean_scores: np.ndarray
    accuracies: np.ndarray
    ece: float


def reliability(scores: np.ndarray, correct: np.ndarray, n_bins: int = 15) -> Reliability:
    """Compare scores with how often the predictions were right.

    scores (ndarray): From 0 to 1, (n_predictions,). A bin holds its upper edge; the first one 0, too.
    correct (ndarray): Whether each was right: (n_predictions,).
    """
    scores, correct = np.asarray(scores, dtype=np.float64), np.asarray(correct, dtype=np.float64)
    edges = np.linspace(0, 1, n_bins + 1)
    bins = np.clip(np.searchsorted(edges, scores, side="left") - 1, 0, n_bins - 1)
    counts = np.bincount(bins, minlength=n_bins)
    full = np.where(counts > 0, counts, np.nan)
    mean_scores = np.bincount(bins, weights=scores, minlength=n_bins) / full
    accuracies = np.bincount(bins, weights=correct, minlength=n_bins) / full
    gaps = np.nansum(counts * np.abs(mean_scores - accuracies))
    return Reliability(edges, counts, mean_scores, accuracies, float(gaps / max(1, counts.sum())))
