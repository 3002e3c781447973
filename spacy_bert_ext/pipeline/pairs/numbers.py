"""The number that a pair has: in a range, a sigmoid that is learned by cross-entropy; or any, by squared error.

A sigmoid never leaves the range, and its cross-entropy has gradients at either end of it, where those of a squared
error vanish. It is how `CrossEncoder` of sentence-transformers learns and gives similarities.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from ...errors import Errors
from ...losses.category_losses import independent_categories
from ...losses.controls import LossControls
from ...losses.cross_entropies import PLAIN
from ...losses.loss import Loss
from ...losses.number_losses import squared_errors
from ...losses.priors import log_odds
from ...settings import is_number

LABEL = "score"  # the one output
PAIR_SCORE = "pair_score"  # `doc._.pair_score`
_ALLOWED = "two numbers, the lowest and the highest, such as [0, 5]; or null for any number"


class NumberKind(ABC):
    """problem_type: As transformers calls the kind; None if it has no name for it.

    described: Which numbers, for errors.
    explained: What `explain` calls the output that it explains.
    """

    problem_type: str | None
    explained: str

    @property
    @abstractmethod
    def described(self) -> str: ...

    @abstractmethod
    def numbers(self, logits: Tensor) -> Tensor:
        """(n_pairs, 1)."""

    @abstractmethod
    def logits(self, numbers: np.ndarray) -> np.ndarray:
        """Such as give these numbers: (n_pairs, 1)."""

    @abstractmethod
    def allows(self, number: float) -> bool:
        """Whether a pair may have this number."""

    @abstractmethod
    def loss(self, logits: Tensor, gold: np.ndarray) -> Loss:
        """gold (ndarray): Numbers, nan where not annotated: (n_pairs, 1)."""

    @abstractmethod
    def prior(self, gold: np.ndarray) -> np.ndarray:
        """The logit that a head begins with which learns these numbers: (1,)."""


@dataclass(frozen=True)
class InRange(NumberKind):
    """Numbers from `low` to `high`."""

    low: float
    high: float

    problem_type = None
    explained = "log odds of the range"

    @property
    def described(self) -> str:
        return f"from {self.low:g} to {self.high:g}"

    def numbers(self, logits: Tensor) -> Tensor:
        return self.low + (self.high - self.low) * logits.sigmoid()

    def logits(self, numbers: np.ndarray) -> np.ndarray:
        shares = np.clip(self._shares(numbers), np.finfo(np.float32).tiny, 1 - np.finfo(np.float32).epsneg)
        logits: np.ndarray = np.log(shares) - np.log1p(-shares)
        return logits

    def allows(self, number: float) -> bool:
        return self.low <= number <= self.high

    def loss(self, logits: Tensor, gold: np.ndarray) -> Loss:
        return independent_categories(logits, self._shares(gold))

    def prior(self, gold: np.ndarray) -> np.ndarray:
        shares = self._shares(gold)
        return log_odds(shares.sum(keepdims=True), (1 - shares).sum(keepdims=True))

    def _shares(self, numbers: np.ndarray) -> np.ndarray:
        """From 0 to 1."""
        shares: np.ndarray = (numbers - self.low) / (self.high - self.low)
        return shares


class AnyNumber(NumberKind):
    """Any number, as the last layer gives it."""

    problem_type = "regression"
    explained = "score"
    described = "that are finite"

    def numbers(self, logits: Tensor) -> Tensor:
        return logits

    def logits(self, numbers: np.ndarray) -> np.ndarray:
        return numbers

    def allows(self, number: float) -> bool:
        return math.isfinite(number)

    def loss(self, logits: Tensor, gold: np.ndarray) -> Loss:
        return squared_errors(logits, gold)

    def prior(self, gold: np.ndarray) -> np.ndarray:
        return np.array([gold.mean()])


def number_kind(score_range: object) -> NumberKind:
    """score_range (Sequence[float]): The lowest and the highest number; None if there are any.

    RAISES (ValueError): It is neither.
    """
    if score_range is None:
        return AnyNumber()
    bounds = list(score_range) if isinstance(score_range, Sequence) and not isinstance(score_range, str) else []
    if len(bounds) != 2 or not all(is_number(bound) and math.isfinite(bound) for bound in bounds):
        raise ValueError(Errors.B010.format(found=score_range, setting="score_range", allowed=_ALLOWED))
    low, high = map(float, bounds)
    if low >= high:
        raise ValueError(Errors.B010.format(found=score_range, setting="score_range", allowed=_ALLOWED))
    return InRange(low, high)


def check_controls(controls: LossControls, name: str) -> None:
    """RAISES (ValueError): A setting of the loss that only categories have. name (str): Of the component."""
    for setting in ("class_weights", "label_smoothing", "focal_gamma"):
        found, allowed = getattr(controls, setting), getattr(PLAIN, setting)
        if found != allowed:
            raise ValueError(Errors.B458.format(name=name, setting=setting, found=found, allowed=allowed))
