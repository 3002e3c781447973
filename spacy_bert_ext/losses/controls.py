"""What a head's loss pays attention to: weights of classes, smoothed labels, hard examples; the settings and their
checks."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from ..errors import Errors
from ..settings import check_number

BALANCED = "balanced"
OUTSIDE_CLASS = "O"  # the class of tokens outside of entities
DEFAULT_WEIGHT = 1.0  # of a class that no weight is given for, or whose examples can't be counted


@dataclass(frozen=True)
class LossControls:
    """The block `loss` of all heads; how the losses use it is in their own modules.

    class_weights: A weight above 0 for each class that should not have 1; or "balanced": from the training data, found
        by `initialize`. Classes of `bert_ner` are its labels and "O".
    label_smoothing: In [0, 1): share of the truth that goes to all possible answers alike. Szegedy et al. (2016),
        "Rethinking the Inception Architecture for Computer Vision".
    focal_gamma: 0 or more: how much what is already predicted well counts less. Lin et al. (2017), "Focal Loss for
        Dense Object Detection".
    weight: Above 0: factor of the loss, and of its gradients in head and encoder.
    RAISES (ValueError): A value of another type, or out of its range.
    """

    class_weights: Mapping[str, float] | str | None = None
    label_smoothing: float = 0.0
    focal_gamma: float = 0.0
    weight: float = 1.0

    def __post_init__(self) -> None:
        weights = self.class_weights
        if isinstance(weights, Mapping):
            for label, weight in weights.items():
                check_number(f"loss.class_weights[{label!r}]", weight, weight_is_legal, "above 0")
        elif weights not in (None, BALANCED):
            raise ValueError(Errors.B075.format(found=weights))
        check_number("loss.label_smoothing", self.label_smoothing, lambda x: 0 <= x < 1, "from 0 up to below 1")
        check_number("loss.focal_gamma", self.focal_gamma, lambda x: 0 <= x < math.inf, "0 or more")
        check_number("loss.weight", self.weight, weight_is_legal, "above 0")

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> "LossControls":
        """Of the block `loss` in a config, whose defaults are `spacy_bert_ext.defaults.default_loss()`.

        RAISES (ValueError): A key that is no setting, a value of another type, or out of its range.
        """
        allowed = [field.name for field in fields(cls)]
        unknown = [key for key in settings if key not in allowed]
        if unknown:
            raise ValueError(Errors.B320.format(found=unknown[0], allowed=", ".join(allowed)))
        return cls(**settings)

    @property
    def is_balanced(self) -> bool:
        return self.class_weights == BALANCED

    def check_classes(self, classes: Iterable[str], name: str) -> None:
        """RAISES (ValueError): A weight for a class that the component of this name does not have, or has twice."""
        classes = list(classes)
        if self.class_weights is not None and len(set(classes)) < len(classes):
            raise ValueError(Errors.B156.format(name=name, label=OUTSIDE_CLASS))
        if isinstance(self.class_weights, Mapping):
            unknown = [label for label in self.class_weights if label not in classes]
            if unknown:
                raise ValueError(Errors.B076.format(label=unknown[0], name=name, classes=", ".join(classes)))


def weight_is_legal(weight: float) -> bool:
    return 0 < weight < math.inf


def balanced_classes(counts: np.ndarray) -> np.ndarray:
    """Weights with which all classes that have examples weigh alike: n_examples / (n_classes * count), nan for a class
    without examples: (n_classes,).

    As `compute_class_weight("balanced", ...)` of scikit-learn; King and Zeng (2001), "Logistic Regression in Rare
    Events Data". The mean weight over all examples is 1.

    counts (ndarray): Examples of each class: (n_classes,).
    """
    counts = np.where(counts > 0, counts, np.nan)
    weights: np.ndarray = np.nansum(counts) / (np.isfinite(counts).sum() * counts)
    return weights


def balanced_positives(positive: np.ndarray, negative: np.ndarray) -> np.ndarray:
    """Weights of positive examples with which they weigh as much as the negative ones: negative / positive, nan where
    there are none of one kind: (n_labels,).

    positive, negative (ndarray): Examples of each label: (n_labels,).
    """
    some = (positive > 0) & (negative > 0)
    unknown = np.full(len(positive), np.nan)
    weights: np.ndarray = np.divide(negative, positive, out=unknown, where=some)
    return weights
