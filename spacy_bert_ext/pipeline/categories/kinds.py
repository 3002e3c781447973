"""The arithmetic of categories: those that exclude each other, softmax; and independent ones, a sigmoid each."""

from abc import ABC, abstractmethod

import numpy as np
from torch import Tensor

from ...explanation.explained import log_odds_of
from ...losses.category_losses import exclusive_categories, independent_categories
from ...losses.controls import LossControls, balanced_classes, balanced_positives
from ...losses.loss import Loss
from ...losses.priors import log_frequencies, log_odds
from ..confidence import Confidence, confidence_of_best, confidence_of_each


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
    def log_odds(self, logits: Tensor, place: int) -> Tensor:
        """Of the label at this place, whose sigmoid is its probability: (n_docs,)."""

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
        logits: np.ndarray = np.log(probabilities)
        return logits

    def log_odds(self, logits: Tensor, place: int) -> Tensor:
        return log_odds_of(logits, place)

    def loss(self, logits: Tensor, gold: np.ndarray, controls: LossControls, weights: np.ndarray | None) -> Loss:
        return exclusive_categories(logits, gold, controls, weights)

    def balanced(self, positive: np.ndarray, negative: np.ndarray) -> np.ndarray:
        return balanced_classes(positive)

    def prior(self, positive: np.ndarray, negative: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
        return log_frequencies(positive, weights)

    def confidence(self, logits: np.ndarray, gold: np.ndarray) -> Confidence:
        return confidence_of_best(logits, gold)


class Independent(CategoryKind):
    problem_type = "multi_label_classification"

    def probabilities(self, logits: Tensor) -> Tensor:
        return logits.sigmoid()

    def logits(self, probabilities: np.ndarray) -> np.ndarray:
        logits: np.ndarray = np.log(probabilities) - np.log1p(-probabilities)
        return logits

    def log_odds(self, logits: Tensor, place: int) -> Tensor:
        return logits[:, place]

    def loss(self, logits: Tensor, gold: np.ndarray, controls: LossControls, weights: np.ndarray | None) -> Loss:
        return independent_categories(logits, gold, controls, weights)

    def balanced(self, positive: np.ndarray, negative: np.ndarray) -> np.ndarray:
        return balanced_positives(positive, negative)

    def prior(self, positive: np.ndarray, negative: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
        return log_odds(positive, negative, weights)

    def confidence(self, logits: np.ndarray, gold: np.ndarray) -> Confidence:
        return confidence_of_each(logits, gold)
