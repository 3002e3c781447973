"""How well masked pieces are predicted, counted up over batches."""

import math
from collections.abc import Iterable, Sequence

import numpy as np

from ...heads.language_model import MaskedScores
from ...losses.masked_losses import surprisals

CROSS_ENTROPY, PERPLEXITY, ACCURACY = "mlm_cross_entropy", "mlm_perplexity", "mlm_accuracy"
PROBABILITY = "mlm_probability"
NEXT_ACCURACY = "nsp_accuracy"


def figures_of(batches: Iterable[MaskedScores], *, next_sentence: bool = False) -> dict[str, float | None]:
    """Figures over all masked pieces; None if there are none.

    mlm_cross_entropy: Mean negative logarithm of the right piece's probability, in nats.
    mlm_perplexity: Its exponential. mlm_probability: One over that, the geometric mean of these probabilities: it is
        the better the higher it is, as scores of spaCy's are.
    mlm_accuracy: Share of masked pieces for which the right piece is the likeliest.
    nsp_accuracy: With `next_sentence`, the share of all pairs of segments of which it is told rightly whether the
        second one is the next. Guessing gets half of them.
    """
    found, hits_of_pairs = [], []
    for scores in batches:
        if len(scores.targets):
            found.append(surprisals(scores.logits, scores.targets))
        if scores.next_logits is not None:
            hits_of_pairs.append(scores.next_logits.detach().argmax(1).cpu().numpy() == scores.next_labels)
    of_pairs = {NEXT_ACCURACY: float(np.concatenate(hits_of_pairs).mean()) if hits_of_pairs else None}
    return {**_of_masked(found), **(of_pairs if next_sentence else {})}


def _of_masked(found: Sequence[tuple[np.ndarray, np.ndarray]]) -> dict[str, float | None]:
    """found: What `surprisals` gives of each batch."""
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
