"""What of a span's scores is explained."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from spacy.tokens import Doc, Span
from torch import Tensor

from ...errors import Errors
from ...explanation.explained import Explained, place_of
from ...spans.candidates import Candidates
from ...spans.span_scores import SpanScores
from .kinds import SpanKind


class SpanCategorizer(Protocol):
    """The component."""

    name: str
    kind: SpanKind

    @property
    def labels(self) -> tuple[str, ...]: ...

    def output_names(self, labels: Sequence[str]) -> list[str]: ...


def explained_span(
    categorizer: SpanCategorizer, span: Doc | Span, label: str | None, raw_scores: SpanScores, *, temperature: float
) -> Explained:
    """The log odds of a label of a span, as calibrated, whether or not the span is among those that are looked at.

    label (str): None for the span's own, or the most probable one.
    RAISES (ValueError): An unknown label; or a whole Doc, of which nobody knows what is to be explained.
    """
    if isinstance(span, Doc):
        raise ValueError(Errors.B395.format(name=categorizer.name, text=span.text[:50]))
    kind, labels, start, end = categorizer.kind.categories, categorizer.labels, span.start, span.end

    def logits_of(scores: SpanScores) -> Tensor:
        n_tokens = int(scores.tokens_per_doc[0])  # of each copy
        copies = np.arange(len(scores.tokens_per_doc)) * n_tokens
        return scores.logits(Candidates(copies + start, copies + end - 1), scores.sums()) / temperature

    with torch.no_grad():
        probabilities = kind.probabilities(logits_of(raw_scores))[0].tolist()
    names = categorizer.output_names(labels)
    of_labels = [probabilities[names.index(other)] for other in labels]
    label = label or span.label_ or None
    place = int(np.argmax(of_labels)) if label is None else place_of(label, labels, categorizer.name)
    output = names.index(labels[place])
    return Explained(
        labels[place],
        f"log odds of {labels[place]}",
        lambda scores: kind.log_odds(logits_of(scores), output),
        probability=of_labels[place],
        target=(start, end),
        reads=(start, end),
    )
