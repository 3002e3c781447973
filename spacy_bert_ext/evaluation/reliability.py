"""Whether scores can be read as probabilities: reliability, and the expected calibration error."""

from typing import NamedTuple

import numpy as np

from ..errors import Errors


class Reliability(NamedTuple):
    """How often predictions of like scores are right, by bins of equal width.

    bin_edges: From 0 to 1: (n_bins + 1,). A bin holds its upper edge; the first one holds 0, too.
    counts: Predictions in each bin: (n_bins,).
    mean_scores, accuracies: Mean score and share of right predictions of each bin, nan where it is empty: (n_bins,).
    ece: Expected calibration error: how far the two are apart, averaged over all predictions; nan if there are none.
    """

    bin_edges: np.ndarray
    counts: np.ndarray
    mean_scores: np.ndarray
    accuracies: np.ndarray
    ece: float


def reliability(scores: np.ndarray, correct: np.ndarray, n_bins: int = 15) -> Reliability:
    """Naeini, Cooper and Hauskrecht (2015), "Obtaining Well Calibrated Probabilities Using Bayesian Binning".

    scores (ndarray): Of each prediction, from 0 to 1: (n_predictions,).
    correct (ndarray): Whether it is right, as bool, or how much of it, from 0 to 1: (n_predictions,).
    n_bins (int): 1 or more.
    RAISES (ValueError): Values out of range, or arrays of unlike length.
    """
    scores, correct = np.asarray(scores, dtype=np.float64), np.asarray(correct, dtype=np.float64)
    in_range = all(((array >= 0) & (array <= 1)).all() for array in (scores, correct))
    if scores.ndim != 1 or scores.shape != correct.shape or not in_range or n_bins < 1:
        raise ValueError(Errors.B085.format(scores=scores.shape, correct=correct.shape, n_bins=n_bins))
    edges = np.linspace(0, 1, n_bins + 1)
    bins = np.maximum(np.searchsorted(edges, scores, side="left") - 1, 0)
    counts = np.bincount(bins, minlength=n_bins)
    sums, right = (np.bincount(bins, weights=array, minlength=n_bins) for array in (scores, correct))
    ece = float(np.abs(right - sums).sum() / len(scores)) if len(scores) else float("nan")
    with np.errstate(invalid="ignore"):
        return Reliability(edges, counts, mean_scores=sums / counts, accuracies=right / counts, ece=ece)
