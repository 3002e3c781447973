"""What a new head says before it has learned anything: each class as often as it is annotated.

A head that begins at 0 claims every one of many rare categories with probability 0.5, and spends its first steps on
getting rid of that, at the cost of what the encoder knows. Lin et al. (2017), "Focal Loss for Dense Object Detection",
section 3.3. Counts are increased by 1, so that what was not seen is unlikely, not impossible.
"""

import numpy as np


def log_frequencies(counts: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Logits of classes that exclude each other: (n_classes,).

    counts (ndarray): Examples of each class: (n_classes,).
    weights (ndarray): How much an example of each class counts in the loss: (n_classes,). None if all count 1.
    """
    weighed = _weighed(counts + 1, weights)
    logits: np.ndarray = np.log(weighed / weighed.sum())
    return logits


def log_odds(positive: np.ndarray, negative: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """Logits of labels that hold independently: (n_labels,).

    positive, negative (ndarray): Examples of each label: (n_labels,).
    weights (ndarray): How much a positive example of each label counts in the loss: (n_labels,). None if all count 1.
    """
    logits: np.ndarray = np.log(_weighed(positive + 1, weights) / (negative + 1))
    return logits


def _weighed(counts: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    return counts if weights is None else counts * weights
