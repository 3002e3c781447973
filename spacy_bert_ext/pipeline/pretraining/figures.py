"""How well masked pieces are predicted, counted up over batches."""

import math
from collections.abc import Iterable

import numpy as np

from ...heads.language_model import MaskedScores
from ...losses.masked_losses import surprisals

CROSS_ENTROPY, PERPLEXITY, ACCURACY = "mlm_cross_entropy", "mlm_perplexity", "mlm_accuracy"
PROBABILITY = "mlm_probability"


def figures_of(batches: Iterable[MaskedScores]) -> dict[str, float | None]:
    """Figures over all masked pieces; None if there are none.

    mlm_cross_entropy: Mean negative logarithm of the right piece's probability, in nats.
    mlm_perplexity: Its exponential. mlm_probability: One over that, the geometric mean of these probabilities: it is
        the better the higher it is, as scores of spaCy's are.
    mlm_accuracy: Share of masked pieces for which the right piece is the likeliest.
    """
    found = [surprisals(scores.logits, scores.targets) for scores in batches if len(scores.targets)]
    if not found:
        return dict.fromkeys((CROSS_ENTROPY, PERPLEXITY, ACCURACY, PROBABILITY))
    losses, hits = (np.concatenate(parts) for parts in zip(*found))
    cross_entropy = float(losses.mean(dtype=np.float64))
    return {
        CROSS_ENTROPY: cross_entropy,
        PERPLEXITY: math.exp(cross_entropy),
        ACCURACY: float(hits.mean()),
        PROBABILITY: math.exp(-cross_entropy),
    }
