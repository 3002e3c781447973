"""Precision, recall and F-score from counts by Doc, with bootstrap intervals.

Counts are arrays (n_docs, n_labels, 3): true positives, false positives, false negatives. The numbers are those of
spaCy's `PRFScore`: 0 where there is nothing to divide by.
"""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

import numpy as np

from .bootstrap import percentile_interval, resampled_totals

TRUE_POSITIVE, FALSE_POSITIVE, FALSE_NEGATIVE = range(3)
NAMES = ("p", "r", "f")
_TINY = 1e-100  # as in `spacy.scorer`


def prf(totals: np.ndarray) -> np.ndarray:
    """Precision, recall, F-score: (..., 3) → (..., 3)."""
    tp, fp, fn = np.moveaxis(totals.astype(np.float64), -1, 0)
    p = tp / (tp + fp + _TINY)
    r = tp / (tp + fn + _TINY)
    return np.stack([p, r, 2 * (p * r / (p + r + _TINY))], axis=-1)


def micro(totals: np.ndarray) -> np.ndarray:
    """Of all labels' counts together: (..., n_labels, 3) → (..., 3)."""
    return prf(totals.sum(axis=-2))


def macro(totals: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Mean over labels: (..., n_labels, 3) → (..., 3).

    whole (ndarray): Totals of all Docs, (n_labels, 3). A label that occurs in them, but by chance not in a resample, is
        left out there; one that never occurs counts as 0, as spaCy has it.
    """
    absent = (totals.sum(axis=-1) == 0) & (whole.sum(axis=-1) > 0)
    n_labels = absent.shape[-1] - absent.sum(axis=-1)
    # Python's `sum` of Python's numbers, as spaCy has it: the last digits are the same, in every version of Python.
    total = np.apply_along_axis(lambda of_labels: sum(of_labels.tolist()), -2, prf(totals))
    mean: np.ndarray = total / np.maximum(n_labels, 1)[..., None]
    return mean


def scores(counts: np.ndarray, labels: Sequence[str]) -> dict[str, Any]:
    """P, R, F with intervals: `micro`, `macro`, and `per_label` by label.

    Each is a dict of `p`, `r`, `f`, from 0 to 1, their intervals `p_interval`, ... (a pair, or None), `support`, the
    number of gold annotations, and `predicted`, that of predictions.
    """
    whole, resampled = counts.sum(axis=0), resampled_totals(counts)
    sizes = _sizes(whole.sum(axis=0))
    per_label = [] if resampled is None else percentile_interval(_defined(resampled)).swapaxes(0, 1)
    of_macro = None if resampled is None else percentile_interval(macro(resampled, whole))
    return {
        "micro": {**micro_score(counts), **sizes},
        "macro": {**_named(macro(whole, whole), of_macro), **sizes},
        "per_label": {
            label: {**_named(prf(total), bounds), **_sizes(total)}
            for label, total, bounds in zip_longest(labels, whole, per_label)
        },
    }


def micro_score(counts: np.ndarray) -> dict[str, Any]:
    """P, R, F of all labels together, with intervals."""
    resampled = resampled_totals(counts)
    bounds = None if resampled is None else percentile_interval(_defined(resampled.sum(axis=-2)))
    return _named(micro(counts.sum(axis=0)), bounds)


def total_score(counts: np.ndarray) -> dict[str, Any]:
    """P, R, F, with intervals and sizes, from counts that no label tells apart: (n_docs, 3)."""
    return {**micro_score(counts[:, None]), **_sizes(counts.sum(axis=0))}


def _defined(totals: np.ndarray) -> np.ndarray:
    """`prf`, but nan where there is nothing to divide by: (..., 3) → (..., 3). Such a resample tells nothing."""
    tp, fp, fn = np.moveaxis(totals, -1, 0)
    return np.where(np.stack([tp + fp, tp + fn, tp + fp + fn], axis=-1) > 0, prf(totals), np.nan)


def _named(values: np.ndarray, interval: np.ndarray | None) -> dict[str, Any]:
    """values (ndarray): (3,). interval (ndarray): (2, 3), nan where no resample tells anything."""
    bounds = [None] * len(NAMES) if interval is None else interval.T.tolist()
    return {
        **dict(zip(NAMES, values.tolist())),
        **{
            f"{name}_interval": None if pair is None or np.isnan(pair).any() else pair
            for name, pair in zip(NAMES, bounds)
        },
    }


def _sizes(total: np.ndarray) -> dict[str, Any]:
    return {
        "support": int(total[TRUE_POSITIVE] + total[FALSE_NEGATIVE]),
        "predicted": int(total[TRUE_POSITIVE] + total[FALSE_POSITIVE]),
    }
