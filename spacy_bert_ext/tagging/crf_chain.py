"""The likelihood of a CRF token by token.

Given a text, the tags of a linear-chain CRF are a Markov chain. So the probability of an annotation is a product over
its tokens: of each tag, given what is annotated before it, with all that may follow summed over. Their logarithms add
up to what `crf_likelihood` computes at once. Here each can be given a weight of its own.
"""

import numpy as np
import torch
from torch import Tensor

from ..arrays.transfer import to_device
from ..types import Ints1d
from .crf import Potentials, time_major
from .crf_wide import log_product
from .segments import whole
from .tags import MISSING


def conditional_log_probabilities(
    potentials: Potentials, gold: Ints1d, lengths: Ints1d, *, wide: bool = False
) -> Tensor:
    """Logarithm of the probability of each tag, given the annotated tags before it; differentiable: (n_tokens, n_tags).

    Every row sums to 1. A tag that can't stand there gets, in the place of -inf, a number below `impossible_below`.

    gold (Ints1d): Tags, MISSING where not annotated, in the order of the emissions: (n_tokens,).
    wide (bool): Whether scores may be so far apart that products are formed of logarithms, which is slower.
    """
    lowest = torch.finfo(potentials.emissions.dtype).tiny
    lowest_log = float(np.log(lowest))
    if wide:
        # In the place of -inf, so that no slope is undefined.
        lowest_log = -(torch.finfo(potentials.emissions.dtype).max ** 0.5)
        potentials = Potentials(*(scores.clamp_min(lowest_log) for scores in potentials))
    emissions, start, end, between = potentials
    plan = time_major(whole(lengths))
    order = to_device(plan.order, emissions.device)
    emissions = emissions[order]
    annotated, certain = _certainties(gold[plan.order], emissions)
    steps = plan.steps()
    weights = between.exp()

    def product(logarithms: Tensor, *, transposed: bool = False) -> Tensor:
        if wide:
            return log_product(logarithms.clamp_min(lowest_log), between.T if transposed else between)
        return _log_product(logarithms, weights.T if transposed else weights, lowest)

    # All that may follow each tag: (n_in_step, n_tags), for each step.
    futures: list[Tensor] = []
    following: Tensor | None = None
    for now in reversed(steps):
        n_ending = now.stop - now.start - (0 if following is None else len(following))
        future = end.expand(n_ending, -1)
        if following is not None:
            future = torch.cat([product(following, transposed=True), future])
        futures.insert(0, future)
        following = emissions[now] + future
    found: list[Tensor] = []
    for i, now in enumerate(steps):
        n_here = now.stop - now.start
        reached = start.expand(n_here, -1)
        if i:
            before = slice(steps[i - 1].start, steps[i - 1].start + n_here)
            known = torch.where(annotated[before], certain[before], found[-1][:n_here])
            reached = product(known - futures[i - 1][:n_here])
        scores = (reached + emissions[now] + futures[i]).log_softmax(dim=1)
        found.append(scores.clamp_min(lowest_log))
    return torch.zeros_like(emissions).index_copy(0, order, torch.cat(found))


def impossible_below(dtype: torch.dtype) -> float:
    return float(np.log(torch.finfo(dtype).tiny)) / 2


def _log_product(logarithms: Tensor, weights: Tensor, lowest: float) -> Tensor:
    """Logarithm of `logarithms.exp() @ weights`, at least that of `lowest` below the highest: (n, n_tags)."""
    highest = logarithms.detach().amax(dim=1, keepdim=True)
    return ((logarithms - highest).exp() @ weights).clamp_min(lowest).log() + highest


def _certainties(gold: Ints1d, emissions: Tensor) -> tuple[Tensor, Tensor]:
    """Which tokens are annotated, (n_tokens, 1), and logarithms of the certainty of their tags, (n_tokens, n_tags)."""
    annotated = gold != MISSING
    rows = to_device(np.flatnonzero(annotated), emissions.device)
    certain = torch.full_like(emissions, -torch.inf)
    certain[rows, to_device(gold[annotated], emissions.device)] = 0.0
    return to_device(annotated, emissions.device)[:, None], certain
