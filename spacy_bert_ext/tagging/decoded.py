"""What decoding gives: tags, and what is needed for the probability of any entity."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..types import Ints1d
from .tags import Entities


class Decoded(NamedTuple):
    """Tags of the taggable tokens, and logarithms that add up to an entity's probability: (n_taggable,) each.

    A token that begins the entity gives `first`, every later one `later`, the last one `last` on top.
    """

    tags: Ints1d
    first: np.ndarray
    later: np.ndarray
    last: np.ndarray


def entity_scores(decoded: Decoded, entities: Entities) -> np.ndarray:
    """The probability of each entity, from 0 to 1: (n_entities,)."""
    summed = np.cumsum(np.where(np.isfinite(decoded.later), decoded.later, 0.0))
    inner = summed[entities.last] - summed[entities.first]
    scores: np.ndarray = np.exp(np.minimum(decoded.first[entities.first] + inner + decoded.last[entities.last], 0.0))
    return scores


def on_host(tags: Tensor, first: Tensor, later: Tensor, last: Tensor) -> np.ndarray:
    """(4, n_taggable): one copy from the device, since tag numbers are exact in either floating type."""
    return torch.stack([tags.to(first.dtype), first, later, last]).cpu().numpy().astype(np.float64)


def decoded_of(rows: np.ndarray) -> Decoded:
    return Decoded(rows[0].astype(np.int64), rows[1], rows[2], rows[3])
