"""One number for each token of a text, and what these numbers are about."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class TokenScores:
    """Which tokens speak for a label, and which against it. Holds no Doc, only what stands here.

    text: Of the Doc.
    tokens: Texts of the Doc's tokens: (n_tokens,).
    spaces: Whether a space stands behind each token: (n_tokens,).
    scores: Positive where a token speaks for the label, 0 for tokens without pieces: (n_tokens,) in float64. Weights of
        attention ("attention", "rollout") are never negative.
    label: What is explained.
    component: The name of the component that scores the label.
    method: "integrated_gradients", "occlusion", "attention", "rollout" or "gradient_times_input".
    baseline: What stands in the place of a text's pieces where they are taken away: "mask", "pad" or "zero"; "" for
        methods that take nothing away.
    value: The score that is explained, of the text, in fp32.
    baseline_value: The same score of the baseline: of a text with all of its pieces taken away. nan for methods that
        don't compute it.
    quantity: What kind of score `value` is: "log odds of POSITIVE".
    probability: The label's score as the component gives it, from 0 to 1; None if it gives none.
    completeness_error: |sum of what was attributed - (value - baseline_value)| / |value - baseline_value|; what was
        attributed to pieces of no token counts as well. None for methods that don't promise to share out the
        difference.
    target: The span that is explained: its first token, and the one after its last. None for the whole Doc.
    """

    text: str
    tokens: tuple[str, ...]
    spaces: tuple[bool, ...]
    scores: np.ndarray
    label: str
    component: str
    method: str
    baseline: str
    value: float
    baseline_value: float
    quantity: str
    probability: float | None
    completeness_error: float | None
    target: tuple[int, int] | None = None

    def top(self, n: int = 10) -> Sequence[tuple[str, float]]:
        """The `n` tokens of the largest weight, for or against the label, with their scores; the largest first."""
        order = np.argsort(-np.abs(self.scores), kind="stable")[:n]
        return [(self.tokens[i], float(self.scores[i])) for i in order if self.scores[i]]

    @property
    def target_text(self) -> str:
        """The text of the span that is explained; "" for the whole Doc."""
        if self.target is None:
            return ""
        first, end = self.target
        pieces = [token + " " * space for token, space in zip(self.tokens[first:end], self.spaces[first:end])]
        return "".join(pieces).rstrip(" ")

    def to_json(self) -> dict[str, Any]:
        """All numbers, for `json.dumps`. What is not computed is None. Tokens have the places of their characters."""
        lengths = [len(token) + space for token, space in zip(self.tokens, self.spaces)]
        starts = accumulate(lengths, initial=0)
        return {
            "text": self.text,
            "component": self.component,
            "label": self.label,
            "target": None if self.target is None else {"start": self.target[0], "end": self.target[1]},
            "method": self.method,
            "baseline": self.baseline,
            "quantity": self.quantity,
            "value": _number(self.value),
            "baseline_value": _number(self.baseline_value),
            "probability": _number(self.probability),
            "completeness_error": _number(self.completeness_error),
            "tokens": [
                {"start": start, "end": start + len(token), "text": token, "score": _number(score)}
                for start, token, score in zip(starts, self.tokens, self.scores)
            ],
        }


def _number(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None
