"""All tag sequences of a few tokens, weighed one by one."""

from collections.abc import Iterator
from itertools import pairwise, product

import numpy as np
import torch
from torch import Tensor

from spacy_bert_ext.tagging.crf import Potentials
from spacy_bert_ext.tagging.tags import Transitions


def weights_of(potentials: Potentials) -> dict[tuple[int, ...], float]:
    """The weight, not its logarithm, of every tag sequence of one Doc."""
    emissions, start, end, between = (tensor.double().numpy() for tensor in potentials)
    weights = {}
    for tags in product(range(emissions.shape[1]), repeat=len(emissions)):
        score = start[tags[0]] + end[tags[-1]] + sum(emissions[i, tag] for i, tag in enumerate(tags))
        weights[tags] = float(np.exp(score + sum(between[pair] for pair in pairwise(tags))))
    return weights


def sequences_of(potentials: Potentials, lengths: list[int]) -> Iterator[Potentials]:
    """The potentials of each Doc that has tokens."""
    for emissions in torch.split(potentials.emissions, lengths):
        if len(emissions):
            yield Potentials(emissions, *potentials[1:])


def is_allowed(tags: tuple[int, ...], allowed: Transitions) -> bool:
    inner = all(allowed.between[pair] for pair in pairwise(tags))
    return bool(allowed.start[tags[0]] and allowed.end[tags[-1]] and inner)


def random_potentials(
    n_tokens: int, n_tags: int, spread: float = 1.5, dtype: torch.dtype = torch.float64
) -> Potentials:
    shapes = ((n_tokens, n_tags), (n_tags,), (n_tags,), (n_tags, n_tags))
    return Potentials(*(spread * torch.randn(shape, dtype=dtype) for shape in shapes))


def forbid(potentials: Potentials, allowed: Transitions) -> Potentials:
    def ruled(scores: Tensor, mask: np.ndarray) -> Tensor:
        return torch.where(torch.from_numpy(mask), scores, -torch.inf)

    return Potentials(potentials.emissions, *(ruled(*pair) for pair in zip(potentials[1:], allowed[:3])))
