"""Numbers that pairs have, beside those that they were predicted to have: correlations and mean squared error."""

from collections.abc import Iterable

import numpy as np
from spacy.tokens import Doc
from spacy.training import Example

from .numbers import PAIR_SCORE


def number_scores(examples: Iterable[Example]) -> dict[str, float | None]:
    """Spearman's and Pearson's correlation, from -1 to 1, and the mean squared error, of Docs that have both numbers.

    None where they say nothing: no Docs; or no correlation, since all numbers of one kind are alike.
    """
    pairs = [(number_of(eg.reference), number_of(eg.predicted)) for eg in examples]
    both = np.array([pair for pair in pairs if None not in pair], dtype=np.float64).reshape(-1, 2)
    gold, predicted = both.T
    return {
        "spearman": correlation(ranks(gold), ranks(predicted)),
        "pearson": correlation(gold, predicted),
        "mse": float(np.square(gold - predicted).mean()) if len(gold) else None,
    }


def number_of(doc: Doc) -> float | None:
    """`doc._.pair_score`."""
    number: float | None = doc._.get(PAIR_SCORE) if Doc.has_extension(PAIR_SCORE) else None
    return number


def correlation(one: np.ndarray, other: np.ndarray) -> float | None:
    """Pearson's: (n,) each. None of constant values, or of fewer than two."""
    if len(one) < 2:
        return None
    one, other = one - one.mean(), other - other.mean()
    norm = np.sqrt(np.square(one).sum() * np.square(other).sum())
    return float((one * other).sum() / norm) if norm else None


def ranks(values: np.ndarray) -> np.ndarray:
    """From 1 on; equal values share the mean of their ranks: (n,)."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    found: np.ndarray = (last - (counts - 1) / 2)[inverse]
    return found
