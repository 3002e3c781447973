"""Labels of spans that hold independently, a sigmoid each; and labels of which a span has one, a softmax."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, log
from typing import ClassVar

import numpy as np
from spacy.tokens import Span
from torch import Tensor

from ...errors import Errors
from ...losses.controls import OUTSIDE_CLASS, LossControls
from ...losses.loss import Loss
from ...losses.span_losses import GoldSpans
from ...settings import check_number, check_whole_number, from_0_to_1
from ...spans.candidates import Candidates
from ...spans.decoding import PredictedSpans, exclusive_spans, independent_spans, sure_overlaps, without_overlaps
from ..categories.kinds import CategoryKind, Exclusive, Independent


class SpanKind(ABC):
    """categories: The arithmetic of the outputs.

    exclusive: Whether of the outputs one holds.
    """

    categories: ClassVar[CategoryKind]
    exclusive: ClassVar[bool]

    def check_gold(self, spans: Iterable[Span], name: str) -> None:
        """RAISES (ValueError): Gold spans of a Doc that exclude each other. name: Of the component."""

    @abstractmethod
    def classes(self, labels: Sequence[str]) -> list[str]:
        """In the loss."""

    @abstractmethod
    def output_names(self, labels: Sequence[str]) -> list[str]:
        """Those of labels that are added come last."""

    @abstractmethod
    def outputs(self, of_classes: np.ndarray) -> np.ndarray:
        """Numbers of the classes in the order of the head's outputs."""

    @abstractmethod
    def counts(self, spans: np.ndarray, n_candidates: int) -> tuple[np.ndarray, np.ndarray]:
        """Candidates for and against each class, of counts of each label's spans: (n_classes,) each."""

    @abstractmethod
    def gold(self, gold: GoldSpans, candidates: Candidates, n_labels: int) -> np.ndarray:
        """Of each output: (n_candidates, n_outputs)."""

    @abstractmethod
    def of_labels(self, probabilities: np.ndarray) -> np.ndarray:
        """The score with which each label would be predicted: (n_candidates, n_labels)."""

    @abstractmethod
    def predicted(self, candidates: Candidates, probabilities: np.ndarray, thresholds: np.ndarray) -> PredictedSpans:
        """thresholds (ndarray): (n_labels,)."""

    @abstractmethod
    def settled(self, spans: PredictedSpans, n_tokens: int, temperature: float) -> PredictedSpans:
        """What of all predicted spans stays. temperature (float): Of their scores."""

    def loss(
        self,
        logits: Tensor,
        gold: np.ndarray,
        controls: LossControls,
        weights: np.ndarray | None,
    ) -> Loss:
        """weights (ndarray): Of the classes: (n_classes,)."""
        return self.categories.loss(logits, gold, controls, None if weights is None else self.outputs(weights))


@dataclass
class IndependentLabels(SpanKind):
    """max_positive: Labels of a span, the likeliest; None for any number.

    overlap_threshold: From 0 to 1: the score that a span needs, before calibration, if it shares tokens with a likelier
        one; None if it needs no other than the rest.
    """

    max_positive: int | None
    overlap_threshold: float | None = None

    categories: ClassVar[CategoryKind] = Independent()
    exclusive: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.max_positive is not None:
            check_whole_number("max_positive", self.max_positive, 1)
        if self.overlap_threshold is not None:
            check_number("overlap_threshold", self.overlap_threshold, from_0_to_1, "from 0 to 1")

    def classes(self, labels: Sequence[str]) -> list[str]:
        return list(labels)

    def output_names(self, labels: Sequence[str]) -> list[str]:
        return list(labels)

    def outputs(self, of_classes: np.ndarray) -> np.ndarray:
        return of_classes

    def counts(self, spans: np.ndarray, n_candidates: int) -> tuple[np.ndarray, np.ndarray]:
        return spans, np.maximum(n_candidates - spans, 0)

    def gold(self, gold: GoldSpans, candidates: Candidates, n_labels: int) -> np.ndarray:
        return gold.values(candidates, n_labels)

    def of_labels(self, probabilities: np.ndarray) -> np.ndarray:
        return probabilities

    def predicted(self, candidates: Candidates, probabilities: np.ndarray, thresholds: np.ndarray) -> PredictedSpans:
        return independent_spans(candidates, probabilities, thresholds, self.max_positive)

    def settled(self, spans: PredictedSpans, n_tokens: int, temperature: float) -> PredictedSpans:
        if self.overlap_threshold is None:
            return spans
        return spans.where(sure_overlaps(spans, n_tokens, at_temperature(self.overlap_threshold, temperature)))


@dataclass
class OneLabel(SpanKind):
    """allow_overlap: Whether spans may share tokens; if not, the likeliest of them stays."""

    allow_overlap: bool

    categories: ClassVar[CategoryKind] = Exclusive()
    exclusive: ClassVar[bool] = True

    def check_gold(self, spans: Iterable[Span], name: str) -> None:
        # If any two overlap, some do that stand one after the other.
        ordered = sorted(spans, key=lambda span: (span.start, span.end))
        for one, other in pairwise(ordered):
            same = (one.start, one.end) == (other.start, other.end)
            if same and one.label != other.label:
                labels = f"{one.label_!r} and {other.label_!r}"
                raise ValueError(Errors.B385.format(name=name, span=one.text, labels=labels))
            if not self.allow_overlap and other.start < one.end and not same:
                raise ValueError(Errors.B386.format(name=name, span=one.text, other=other.text))

    def classes(self, labels: Sequence[str]) -> list[str]:
        return [*labels, OUTSIDE_CLASS]

    def output_names(self, labels: Sequence[str]) -> list[str]:
        return [OUTSIDE_CLASS, *labels]

    def outputs(self, of_classes: np.ndarray) -> np.ndarray:
        return np.roll(of_classes, 1)

    def counts(self, spans: np.ndarray, n_candidates: int) -> tuple[np.ndarray, np.ndarray]:
        all_classes = np.append(spans, max(n_candidates - spans.sum(), 0))
        return all_classes, all_classes.sum() - all_classes

    def gold(self, gold: GoldSpans, candidates: Candidates, n_labels: int) -> np.ndarray:
        values = gold.values(candidates, n_labels)
        return np.hstack([1 - values.max(axis=1, keepdims=True, initial=0), values])

    def of_labels(self, probabilities: np.ndarray) -> np.ndarray:
        is_best = probabilities[:, 1:] == probabilities.max(axis=1, keepdims=True, initial=0)
        return np.where(is_best, probabilities[:, 1:], 0.0)

    def predicted(self, candidates: Candidates, probabilities: np.ndarray, thresholds: np.ndarray) -> PredictedSpans:
        return exclusive_spans(candidates, probabilities, thresholds)

    def settled(self, spans: PredictedSpans, n_tokens: int, temperature: float) -> PredictedSpans:
        if self.allow_overlap:
            return spans
        return spans.where(without_overlaps(spans, np.zeros(n_tokens, dtype=bool)))


def at_temperature(score: float, temperature: float) -> float:
    """What a sigmoid's score at temperature 1 is at another one."""
    if not 0 < score < 1:
        return score
    return 1 / (1 + exp(-log(score / (1 - score)) / temperature))
