"""How sure tag scores are of one entity, decoded or not: the log odds of its probability.

The probability of an entity is a product over its tokens: of each tag, given those before it. It is lost where one of
the tags is, so that its complement is a sum: of all tokens up to one having their tags, and that one having another.
Both are formed of logarithms, so that nothing is rounded away where the model is sure.
"""

import numpy as np
import torch
from torch import Tensor

from ..arrays.transfer import to_device
from ..types import Ints1d
from .crf import Potentials
from .crf_chain import conditional_log_probabilities
from .potentials import crf_potentials
from .segments import SIZES
from .tag_scores import TagScores
from .tags import MISSING, Transitions

LEAD_TOKENS = SIZES[-1][1]  # on each side of the entity: what stands farther away says nothing about its tags


def entity_log_odds(scores: TagScores, tags: Ints1d, first: int, temperature: float) -> Tensor:
    """Of tags that are independent of each other, as "greedy" and "constrained" take them: (n_copies,). Differentiable.

    scores (TagScores): Of copies of one Doc.
    tags: Those of the entity: (n,). first: Which taggable token of the Doc has the first one.
    """
    logits = _of_copies(scores)[:, first : first + len(tags)]
    return _log_odds((logits / temperature).log_softmax(2), tags)


def entity_log_odds_of_crf(
    scores: TagScores, tags: Ints1d, first: int, temperature: float, *, allowed: Transitions
) -> Tensor:
    """Of the marginal, summed over all sequences that have these tags there; otherwise as `entity_log_odds`."""
    logits = _of_copies(scores)
    begin, end = max(first - LEAD_TOKENS, 0), min(first + len(tags) + LEAD_TOKENS, logits.shape[1])
    tensors = (logits[:, begin:end].flatten(0, 1), *scores.tensors[1:])
    potentials = crf_potentials(tuple(tensor / temperature for tensor in tensors), allowed)
    known = Potentials(
        potentials.emissions,
        potentials.start if begin == 0 else torch.zeros_like(potentials.start),
        potentials.end if end == logits.shape[1] else torch.zeros_like(potentials.end),
        potentials.between,
    )
    wanted = np.full((len(logits), end - begin), MISSING)
    own = slice(first - begin, first - begin + len(tags))
    wanted[:, own] = tags
    found = conditional_log_probabilities(known, wanted.flatten(), np.full(len(logits), end - begin))
    return _log_odds(found.view(*wanted.shape, -1)[:, own], tags)


def _of_copies(scores: TagScores) -> Tensor:
    """(n_copies, n_taggable, n_tags)."""
    return scores.logits.view(len(scores.tokens_per_doc), -1, scores.logits.shape[1])


def _log_odds(log_probabilities: Tensor, tags: Ints1d) -> Tensor:
    """log_probabilities: Of each tag, given the entity's tags before it: (n_copies, n, n_tags)."""
    index = to_device(tags, log_probabilities.device).expand(log_probabilities.shape[:2])[:, :, None]
    right = log_probabilities.gather(2, index)[:, :, 0]
    wrong = log_probabilities.scatter(2, index, -torch.inf).logsumexp(2)
    right_before = right.cumsum(1) - right
    return right.sum(1) - (right_before + wrong).logsumexp(1)
