"""Matches of spans → the scores of the report."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from spacy.training import Example

from .attributes import scores_of_attributes
from .by_length import scores_by_length
from .calibration_scores import calibration_scores
from .confusion import confusion
from .matching import KINDS, LabelledSpan, Match, schemas
from .nesting import nested_counts
from .prf import FALSE_NEGATIVE, FALSE_POSITIVE, TRUE_POSITIVE, scores, total_score
from .span_sources import SpanSource

SHORTEST = np.array([1, 2, 3, 4, 6, 11, 21])  # tokens of the shortest spans that are scored together


def span_scores(
    source: SpanSource, examples: Sequence[Example], compared: Sequence[list[Match] | None]
) -> dict[str, Any]:
    """The part of one source of spans in the report: `entities`, or one group of `spans`.

    compared (Sequence): Of each example, see `compare_spans`; not all None.
    """
    docs = [(eg, matches) for eg, matches in zip(examples, compared) if matches is not None]
    found = [matches for _, matches in docs]
    spans = [span for eg, _ in docs for doc in (eg.reference, eg.predicted) for span in source.spans(doc)]
    labels = sorted({span.label_ for span in spans})
    column = {label: i for i, label in enumerate(labels)}
    counts = count_matches(found, len(labels), lambda span: column[span.label])
    every = [match for matches in found for match in matches]
    kinds = Counter(match.kind for match in every)
    by_label = Counter((match.either.label, match.kind) for match in every)
    guesses = [(match.predicted, match.kind) for match in every if match.predicted is not None]
    n_predicted = sum(len(source.spans(eg.predicted)) for eg, _ in docs)
    pairs = [(_label(match.gold), _label(match.predicted)) for match in every]
    return {
        "components": list(source.components),
        "docs": len(docs),
        "docs_without_annotation": len(examples) - len(docs),
        "predictions_left_out": n_predicted - len(guesses),
        **scores(counts, labels),
        "nested": total_score(np.array([_nested(matches) for matches in found])),
        "errors": {kind: kinds[kind] for kind in KINDS},
        "errors_per_label": {label: {kind: by_label[label, kind] for kind in KINDS} for label in labels},
        "schemas": schemas(kinds),
        "confusion": confusion(pairs, labels),
        "calibration": calibration_scores([(guess.score, kind == "correct") for guess, kind in guesses]),
        "by_length": scores_by_length(np.array([len(eg.reference) for eg, _ in docs]), counts),
        "by_span_length": _by_span_length(found),
        "attributes": {} if source.key is None else scores_of_attributes(examples, source.key),
    }


def count_matches(compared: Sequence[list[Match]], n_columns: int, column: Callable[[LabelledSpan], int]) -> np.ndarray:
    """Counts by Doc, see `prf`: (n_docs, n_columns, 3).

    column (Callable): What a span is counted under: the number of its label, or of its length.
    """
    counts = np.zeros((len(compared), n_columns, 3), dtype=np.int64)
    for of_doc, matches in zip(counts, compared):
        for match in matches:
            if match.kind == "correct":
                of_doc[column(match.either), TRUE_POSITIVE] += 1
                continue
            if match.gold is not None:
                of_doc[column(match.gold), FALSE_NEGATIVE] += 1
            if match.predicted is not None:
                of_doc[column(match.predicted), FALSE_POSITIVE] += 1
    return counts


def _nested(matches: Sequence[Match]) -> np.ndarray:
    """Counts of one Doc's spans that nest: (3,)."""
    gold, predicted = (
        {(span.start, span.end, span.label) for span in spans if span is not None}
        for spans in ([match.gold for match in matches], [match.predicted for match in matches])
    )
    return nested_counts(gold, predicted)


def _by_span_length(compared: Sequence[list[Match]]) -> list[dict[str, Any]]:
    """P, R and F by length in gold tokens. Wrong predictions count at their own length."""
    last = np.append(SHORTEST[1:] - 1, 0)  # the longest ones have no bound
    counts = count_matches(compared, len(SHORTEST), _length_class)
    rows = scores(counts, [str(length) for length in SHORTEST])["per_label"].values()
    return [
        {"tokens": [int(first), int(longest) or None], **row}
        for first, longest, row in zip(SHORTEST, last, rows)
        if row["support"] + row["predicted"]
    ]


def _length_class(span: LabelledSpan) -> int:
    return int(np.searchsorted(SHORTEST, span.end - span.start, side="right")) - 1


def _label(span: LabelledSpan | None) -> str | None:
    return None if span is None else span.label
