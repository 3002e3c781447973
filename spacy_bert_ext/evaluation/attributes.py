"""Attributes of predicted spans, such as whether they are negated → their scores in the report."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from spacy.training import Example

from ..pipeline.spans.attribute_scores import compared_values
from ..pipeline.spans.attributes import attributes_of
from .prf import FALSE_NEGATIVE, FALSE_POSITIVE, TRUE_POSITIVE, scores

Pairs = list[tuple[str, str]]  # gold and predicted values, as they are written


def scores_of_attributes(examples: Sequence[Example], key: str) -> dict[str, Any]:
    """P, R, F of each value, by attribute, on the predicted spans that are right; see `prf.scores`.

    Each of these spans has one gold and one predicted value, so that the micro average is the accuracy. Attributes that
    no such span has annotated are left out.

    key (str): Of the group in `doc.spans`.
    """
    found: dict[str, Any] = {}
    for name in _predicted(examples, key):
        pairs = [[(str(gold), str(predicted)) for gold, predicted in compared_values(eg, key, name)] for eg in examples]
        if any(pairs):
            found[name] = _scores(pairs)
    return found


def _scores(pairs: Sequence[Pairs]) -> dict[str, Any]:
    values = sorted({value for of_doc in pairs for pair in of_doc for value in pair})
    counts = np.zeros((len(pairs), len(values), 3), dtype=np.int64)
    for of_doc, counted in zip(pairs, counts):
        for gold, predicted in of_doc:
            if gold == predicted:
                counted[values.index(gold), TRUE_POSITIVE] += 1
            else:
                counted[values.index(gold), FALSE_NEGATIVE] += 1
                counted[values.index(predicted), FALSE_POSITIVE] += 1
    return scores(counts, values)


def _predicted(examples: Iterable[Example], key: str) -> list[str]:
    groups = [eg.predicted.spans[key] for eg in examples if key in eg.predicted.spans]
    return list(dict.fromkeys(name for group in groups for name in attributes_of(group)))
