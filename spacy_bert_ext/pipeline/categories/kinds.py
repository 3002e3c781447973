"""The arithmetic of categories: those that exclude each other, softmax; and independent ones, a sigmoid each."""

from abc import ABC, abstractmethod

import numpy as np
from torch import Tensor

from ...losses.category_losses import exclusive_categories, independent_categories
from ...losses.controls import LossControls, balanced_classes, balanced_positives
from ...losses.loss import Loss
from ...losses.priors import log_frequencies, log_odds
from ..answers import Confidence


class CategoryKind(ABC):
    """problem_type: As transformers calls the kind."""

    problem_type: str

    @abstractmethod
    def probabilities(self, logits: Tensor) -> Tensor:
        """(n_docs, n_labels)."""

    @abstractmethod
    def logits(self, probabilities: np.ndarray) -> np.ndarray:
        """Such as give these probabilities: (n_docs, n_labels)."""

    @abstractmethod
    def loss(self, logits: Tensor, gold: np.ndarray, controls: LossControls, weights: np.ndarray | None) -> Loss:
        """gold (ndarray): From 0 to 1, nan where not annotated: (n_docs, n_labels)."""

    @abstractmethod
    def balanced(self, positive: np.ndarray, negative: np.ndarray) -> np.ndarray:
        """Weights of these counts of examples for and against each label: (n_labels,)."""

    @abstractmethod
    def prior(self, positive: np.ndarray, negative: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
        """Logits of these counts of examples for and against each label: (n_labels,)."""

    @abstractmethod
    def confidence(self, logits: np.ndarray, gold: np.ndarray) -> Confidence:
        """gold (ndarray): From 0 to 1, nan where not annotated: (n_docs, n_labels)."""


class Exclusive(CategoryKind):
    problem_type = "single_label_classification"

    def probabilities(self, logits: Tensor) -> Tensor:
        return logits.softmax(dim=1)

    def logits(self, probabilities: np.ndarray) -> np.ndarray:
        return np.log(probabilities)

    def loss(self, logits: Tensor, gold: np.ndarray, controls: LossControls, weights: np.ndarray | None) -> Loss:
        return exclusive_categories(logits, gold, controls, weights)

    def balanced(self, positive: np.ndarray, negative: np.ndarray) -> np.ndarray:
        return balanced_classes(positive)

    def prior(self, positive: np.ndarray, negative: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
        return log_frequencies(positive, weights)

    def confidence(self, logits: np.ndarray, gold: np.ndarray) -> Confidence:
        """Of the best category of each Doc that has a gold one."""
        truths = np.nan_to_num(gold)
        used = truths.sum(axis=1) > 0
        logits, truths = logits[used], truths[used]
        shares = truths / truths.sum(axis=1, keepdims=True)
        rows, best = np.arange(len(logits)), logits.argmax(axis=1)

        def log_probabilities_at(temperature: float) -> np.ndarray:
            divided = (logits - logits[rows, best][:, None]) / temperature
            return divided - np.log(np.exp(divided).sum(axis=1, keepdims=True))

        def loss_at(temperature: float) -> float:
            return float(-(shares * log_probabilities_at(temperature)).sum(axis=1).mean())

        def scores_at(temperature: float) -> np.ndarray:
            return np.exp(log_probabilities_at(temperature)[rows, best])

        return Confidence(scores_at, loss_at, (truths[rows, best] == truths.max(axis=1)).astype(np.float64))


class Independent(CategoryKind):
    problem_type = "multi_label_classification"

    def probabilities(self, logits: Tensor) -> Tensor:
        return logits.sigmoid()

    def logits(self, probabilities: np.ndarray) -> np.ndarray:
        return np.log(probabilities) - np.log1p(-probabilities)

    def loss(self, logits: Tensor, gold: np.ndarray, controls: LossControls, weights: np.ndarray | None) -> Loss:
        return independent_categories(logits, gold, controls, weights)

    def balanced(self, positive: np.ndarray, negative: np.ndarray) -> np.ndarray:
        return balanced_positives(positive, negative)

    def prior(self, positive: np.ndarray, negative: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
        return log_odds(positive, negative, weights)

    def confidence(self, logits: np.ndarray, gold: np.ndarray) -> Confidence:
        """Of every annotated pair of a Doc and a label."""
        annotated = ~np.isnan(gold)
        logits, truths = logits[annotated], gold[annotated]

        def loss_at(temperature: float) -> float:
            divided = logits / temperature
            return float((np.logaddexp(0, divided) - truths * divided).mean())

        def scores_at(temperature: float) -> np.ndarray:
            return np.exp(-np.logaddexp(0, -logits / temperature))

        return Confidence(scores_at, loss_at, truths)
