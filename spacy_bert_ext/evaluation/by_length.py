"""Scores of short and long Docs apart."""

from typing import Any

import numpy as np

from .prf import FALSE_NEGATIVE, TRUE_POSITIVE, micro_score

N_BINS = 5


def length_bins(lengths: np.ndarray, n_bins: int = N_BINS) -> np.ndarray:
    """The bin of each Doc, from 0 on: (n_docs,). Bins hold about as many Docs each; Docs of one length share a bin.

    lengths (ndarray): Tokens of each Doc, (n_docs,), with at least one Doc.
    """
    inner = np.quantile(lengths, np.arange(1, n_bins) / n_bins, method="inverted_cdf")
    bins = np.searchsorted(np.unique(inner), lengths, side="left")
    return np.unique(bins, return_inverse=True)[1]


def scores_by_length(lengths: np.ndarray, counts: np.ndarray) -> list[dict[str, Any]]:
    """Micro-averaged scores of each bin, from the shortest Docs to the longest.

    counts (ndarray): (n_docs, n_labels, 3), see `prf`.
    RETURNS (List[dict]): `tokens`, the shortest and the longest Doc's; `docs`; `support`; P, R, F and intervals.
    """
    rows = []
    bins = length_bins(lengths)
    for number in range(bins.max() + 1):
        inside = bins == number
        tokens = [int(lengths[inside].min()), int(lengths[inside].max())]
        support = int(counts[inside][..., [TRUE_POSITIVE, FALSE_NEGATIVE]].sum())
        rows.append({"tokens": tokens, "docs": int(inside.sum()), "support": support, **micro_score(counts[inside])})
    return rows
