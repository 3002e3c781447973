"""Predicted spans → `doc.spans`, `span._.score`."""

from collections.abc import Sequence
from types import MappingProxyType

import numpy as np
from spacy.tokens import Doc, Span, SpanGroup

from ...arrays.ragged import starts_of
from ...spans.attributes import PredictedValues
from ...spans.decoding import PredictedSpans
from ..scores import SCORE_IN_GROUP, add_scores, drop_group_scores
from .attributes import SCORES, Values, drop_values, write_values

NO_ATTRIBUTES: Values = MappingProxyType({})


def write_spans(
    docs: Sequence[Doc],
    spans: PredictedSpans,
    labels: Sequence[str],
    *,
    key: str,
    attributes: Values = NO_ATTRIBUTES,
) -> None:
    """Replace the group of each Doc, which gets one if it has none. Scores and values of its spans before are dropped.

    attributes (Mapping): The values of each, of which `spans` have the places.
    """
    lengths = np.array([len(doc) for doc in docs], dtype=np.int64)
    starts = starts_of(lengths)
    bounds = np.searchsorted(spans.first, np.append(starts, lengths.sum())).tolist()
    for i, (doc, start) in enumerate(zip(docs, starts.tolist())):
        own = slice(bounds[i], bounds[i + 1])
        first, last = (spans.first[own] - start).tolist(), (spans.last[own] - start).tolist()
        label, scores = spans.label[own].tolist(), spans.score[own].astype(np.float32)
        if key in doc.spans:
            drop_group_scores(doc, key)
            drop_values(doc, doc.spans[key], attributes)
        found = [Span(doc, begin, end + 1, label=labels[at]) for begin, end, at in zip(first, last, label)]
        doc.spans[key] = SpanGroup(doc, name=key, spans=found, attrs={SCORES: scores})
        add_scores(doc, zip(first, last, [labels[at] for at in label], scores.tolist()), SCORE_IN_GROUP)
        of_doc = [PredictedValues(of_all.value[own], of_all.score[own]) for of_all in spans.attributes]
        write_values(doc.spans[key], attributes, of_doc)
