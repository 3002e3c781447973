"""Attributes of spans, such as whether they are negated: which of an attribute's values holds of each span."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..types import Ints1d
from .candidates import Candidates
from .span_scores import CANDIDATES_AT_ONCE, SpanScores


class GoldValues(NamedTuple):
    """Annotation of one attribute: spans over flat tokens that have a value, and its place among all values.

    first, last, value: (n_spans,) each.
    """

    first: Ints1d
    last: Ints1d
    value: Ints1d


class PredictedValues(NamedTuple):
    """Of one attribute: (n_spans,) each.

    value: Place in the attribute's values.
    score: Its probability, from 0 to 1.
    """

    value: Ints1d
    score: np.ndarray


def value_logits(scores: SpanScores, spans: Candidates, sums: Tensor) -> Iterator[Tensor]:
    """Of each attribute: (n_spans, n_values). sums: Those of `scores.sums()`."""
    hidden = scores.hidden(spans, sums)
    for weight, bias in scores.attributes:
        yield functional.linear(hidden, weight, bias)


def predicted_values(scores: SpanScores, spans: Candidates) -> tuple[PredictedValues, ...]:
    """The likeliest value of each attribute. Spans may come in any order, and several times."""
    if not scores.attributes:
        return ()
    if not len(spans.first):
        return tuple(PredictedValues(np.zeros(0, np.int64), np.zeros(0, np.float32)) for _ in scores.attributes)
    with torch.no_grad():
        sums = scores.sums()
        chunks = [_likeliest(value_logits(scores, chunk, sums)) for chunk in spans.chunks(CANDIDATES_AT_ONCE)]
    return tuple(
        PredictedValues(np.concatenate([part.value for part in parts]), np.concatenate([part.score for part in parts]))
        for parts in zip(*chunks)
    )


def _likeliest(logits: Iterable[Tensor]) -> list[PredictedValues]:
    found = []
    for of_attribute in logits:
        probabilities, values = of_attribute.float().softmax(dim=1).max(dim=1)
        found.append(PredictedValues(values.cpu().numpy(), probabilities.cpu().numpy()))
    return found
