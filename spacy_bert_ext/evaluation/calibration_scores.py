"""Scores of predictions → the reliability diagram of the report."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .reliability import reliability


def calibration_scores(scored: Sequence[tuple[float | None, bool]]) -> dict[str, Any] | None:
    """None if nothing was predicted, or predictions have no scores from 0 to 1."""
    if not scored or any(score is None or not 0 <= score <= 1 for score, _ in scored):
        return None
    values, outcomes = zip(*scored)
    found = reliability(np.array(values), np.array(outcomes))
    return {
        "predictions": len(scored),
        "ece": found.ece,
        "bin_edges": found.bin_edges.tolist(),
        "counts": found.counts.tolist(),
        "mean_scores": [without_nan(value) for value in found.mean_scores],
        "accuracies": [without_nan(value) for value in found.accuracies],
    }


def without_nan(value: float) -> float | None:
    """JSON has no nan."""
    return None if np.isnan(value) else float(value)
