"""What is predicted or left out by one threshold, whatever its label."""

from typing import NamedTuple

import numpy as np


class Decisions(NamedTuple):
    """Items that are predicted if their score reaches `cfg["threshold"]`: (n_items,) each.

    scores: From 0 to 1, at the component's temperature.
    if_predicted, if_not: What the component's scorer gives for each item.
    """

    scores: np.ndarray
    if_predicted: np.ndarray
    if_not: np.ndarray

    def mean_at(self, threshold: float) -> float:
        """What the scorer gives on average with this threshold."""
        return float(np.where(self.scores >= threshold, self.if_predicted, self.if_not).mean())
