"""What the scores of one out of several answers, or of each of several, claim at any temperature."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Confidence(NamedTuple):
    """Scored items: predicted entities or tags, Docs (by their best category), or pairs of a Doc and a label.

    scores_at: A temperature to the items' scores, from 0 to 1: (n_items,).
    loss_at: A temperature to the mean negative log likelihood of the annotation.
    correct: Whether each item is right; for pairs their gold value: (n_items,).
    """

    scores_at: Callable[[float], np.ndarray]
    loss_at: Callable[[float], float]
    correct: np.ndarray


def confidence_of_best(logits: np.ndarray, gold: np.ndarray) -> Confidence:
    """Of the best answer to each item that has a gold one, where answers exclude each other.

    logits (ndarray): (n_items, n_labels).
    gold (ndarray): From 0 to 1, nan where not annotated: (n_items, n_labels).
    """
    truths = np.nan_to_num(gold)
    used = truths.sum(axis=1) > 0
    logits, truths = logits[used], truths[used]
    shares = truths / truths.sum(axis=1, keepdims=True)
    rows, best = np.arange(len(logits)), logits.argmax(axis=1)

    def log_probabilities_at(temperature: float) -> np.ndarray:
        divided = (logits - logits[rows, best][:, None]) / temperature
        found: np.ndarray = divided - np.log(np.exp(divided).sum(axis=1, keepdims=True))
        return found

    def loss_at(temperature: float) -> float:
        return float(-(shares * log_probabilities_at(temperature)).sum(axis=1).mean())

    def scores_at(temperature: float) -> np.ndarray:
        found: np.ndarray = np.exp(log_probabilities_at(temperature)[rows, best])
        return found

    return Confidence(scores_at, loss_at, (truths[rows, best] == truths.max(axis=1)).astype(np.float64))


def confidence_of_each(logits: np.ndarray, gold: np.ndarray) -> Confidence:
    """Of every annotated pair of an item and a label, where labels hold independently.

    logits (ndarray): (n_items, n_labels).
    gold (ndarray): From 0 to 1, nan where not annotated: (n_items, n_labels).
    """
    annotated = ~np.isnan(gold)
    logits, truths = logits[annotated], gold[annotated]

    def loss_at(temperature: float) -> float:
        divided = logits / temperature
        return float((np.logaddexp(0, divided) - truths * divided).mean())

    def scores_at(temperature: float) -> np.ndarray:
        found: np.ndarray = np.exp(-np.logaddexp(0, -logits / temperature))
        return found

    return Confidence(scores_at, loss_at, truths)
