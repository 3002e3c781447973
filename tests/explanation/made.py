"""Explanations made by hand."""

from collections.abc import Sequence

import numpy as np

from spacy_bert_ext.explanation.explanation import Explanation


def explanation(
    scores: Sequence[float] = (-2.0, 1.0, 0.0, 0.5),
    tokens: Sequence[str] = ("not", "good", " ", "film"),
    spaces: Sequence[bool] = (True, True, False, False),
    **others,
) -> Explanation:
    fields = {
        "text": "".join(token + " " * space for token, space in zip(tokens, spaces)),
        "tokens": tuple(tokens),
        "spaces": tuple(spaces),
        "scores": np.array(scores, dtype="float64"),
        "label": "POSITIVE",
        "component": "bert_textcat",
        "method": "integrated_gradients",
        "baseline": "mask",
        "value": 1.0,
        "baseline_value": 0.5,
        "quantity": "log odds of POSITIVE",
        "probability": 0.7311,
        "completeness_error": 0.0123,
    }
    return Explanation(**(fields | others))
