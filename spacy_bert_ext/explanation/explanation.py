"""What an explanation says: one number for each token of a text."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Explanation:
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
