"""Percentile bootstrap over Docs (Efron 1979): how far a score might lie off if other Docs had been annotated."""

from collections.abc import Callable

import numpy as np

N_RESAMPLES = 1000
CONFIDENCE = 0.95
SEED = 0
MAX_BLOCK = 2**22  # numbers that are drawn at once


def resampled_totals(counts: np.ndarray, *, n_resamples: int = N_RESAMPLES, seed: int = SEED) -> np.ndarray:
    """Sums of the counts of as many Docs, drawn with replacement.

    counts (ndarray): Whole numbers of each Doc, (n_docs, ...), with at least one Doc.
    RETURNS (ndarray): (n_resamples, ...), as float64.
    """
    n_docs = len(counts)
    flat = counts.reshape(n_docs, -1).astype(np.float64)
    rng = np.random.default_rng(seed)
    even = np.full(n_docs, 1 / n_docs)
    block = max(1, MAX_BLOCK // n_docs)
    sizes = [min(block, n_resamples - done) for done in range(0, n_resamples, block)]
    totals = [rng.multinomial(n_docs, even, size=size) @ flat for size in sizes]
    return np.concatenate(totals).reshape(n_resamples, *counts.shape[1:])


def interval(
    counts: np.ndarray, statistic: Callable[[np.ndarray], np.ndarray], *, confidence: float = CONFIDENCE
) -> np.ndarray | None:
    """Percentile interval of a statistic of the summed counts: (2, ...), or None if there are fewer than two Docs.

    statistic (Callable): From totals (n_resamples, ...) to values (n_resamples, ...).
    """
    if len(counts) < 2:
        return None
    tail = (1 - confidence) / 2
    return np.quantile(statistic(resampled_totals(counts)), [tail, 1 - tail], axis=0)
