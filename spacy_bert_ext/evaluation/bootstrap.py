"""Percentile bootstrap over Docs (Efron 1979): how far a score might lie off if other Docs had been annotated."""

import numpy as np

N_RESAMPLES = 1000
CONFIDENCE = 0.95
SEED = 0
MAX_BLOCK = 2**22  # numbers that are drawn at once


def resampled_totals(counts: np.ndarray, *, n_resamples: int = N_RESAMPLES, seed: int = SEED) -> np.ndarray | None:
    """Sums of the counts of as many Docs, drawn with replacement.

    counts (ndarray): Whole numbers of each Doc: (n_docs, ...).
    RETURNS (ndarray): (n_resamples, ...), as float64; None if there are fewer than two Docs, which tell nothing.
    """
    n_docs = len(counts)
    if n_docs < 2:
        return None
    flat = counts.reshape(n_docs, -1).astype(np.float64)
    rng = np.random.default_rng(seed)
    block = max(1, MAX_BLOCK // n_docs)
    totals = []
    for done in range(0, n_resamples, block):
        size = min(block, n_resamples - done)
        drawn = rng.integers(n_docs, size=(size, n_docs))
        drawn += n_docs * np.arange(size)[:, None]
        times = np.bincount(drawn.ravel(), minlength=size * n_docs).reshape(size, n_docs)
        totals.append(times @ flat)
    return np.concatenate(totals).reshape(n_resamples, *counts.shape[1:])


def percentile_interval(values: np.ndarray, confidence: float = CONFIDENCE) -> np.ndarray:
    """Bounds that leave out as many values below as above: (n_resamples, ...) → (2, ...).

    nan counts as no value; where there is nothing else the bounds are nan.
    """
    tail = (1 - confidence) / 2
    some = ~np.isnan(values).all(axis=0)
    bounds = np.full((2, *some.shape), np.nan)
    bounds[:, some] = np.nanquantile(values[:, some], [tail, 1 - tail], axis=0)
    return bounds
