"""The CRF's messages as logarithms: for scores so far apart that probabilities would overflow, or become 0.

Slower than `crf.py`, which is used wherever its numbers reach. All pairs of tags are computed, in double precision
where the device has it.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..arrays.transfer import to_device
from ..types import Ints1d
from .crf import Messages, Plan, Potentials, known_scores, time_major
from .segments import whole

MAX_NUMBERS = 4_000_000  # sums of a tag, a pair and a tag that are formed at once


def pass_log_messages(potentials: Potentials, plan: Plan) -> Messages:
    """What `pass_messages` gives, but `forward`, `backward` and `weights` are logarithms."""
    emissions, start, end, between = potentials
    weights = emissions[to_device(plan.order, emissions.device)]
    forward = torch.empty_like(weights)
    scale = weights.new_empty((len(weights), 1))
    steps = plan.steps()
    previous: Tensor | None = None
    for now in steps:
        n_here = now.stop - now.start
        reached = known_scores(start, plan.begins) if previous is None else log_product(previous[:n_here], between)
        message = reached + weights[now]
        scale[now] = message.logsumexp(1, keepdim=True)
        previous = torch.sub(message, scale[now], out=forward[now])
    weights = weights - scale
    backward = torch.empty_like(weights)
    ends = known_scores(end, plan.ends)
    following: Tensor | None = None
    for now in reversed(steps):
        n_going_on = 0 if following is None else len(following)
        message = backward[now]
        if following is not None:
            message[:n_going_on] = log_product(following, between.T)
        last = ends[n_going_on : len(message)]
        message[n_going_on:] = last - (forward[now][n_going_on:] + last).logsumexp(1, keepdim=True)
        following = message + weights[now]
    scale = scale[:, 0]
    return Messages(forward=forward, backward=backward, scale=scale, divisor=torch.ones_like(scale), weights=weights)


class _LogPartition(torch.autograd.Function):
    """As that of `crf.py`."""

    @staticmethod
    def forward(ctx: Any, emissions: Tensor, start: Tensor, end: Tensor, between: Tensor, lengths: Ints1d) -> Tensor:
        plan = time_major(whole(lengths))
        messages = pass_log_messages(Potentials(emissions, start, end, between), plan)
        last = to_device(plan.last_rows, end.device)
        ctx.plan, ctx.messages = plan, messages
        ctx.save_for_backward(between)
        return messages.scale.sum() + (messages.forward[last] + end).logsumexp(1).sum()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        plan, (forward, backward, _scale, _divisor, weights) = ctx.plan, ctx.messages
        (between,) = ctx.saved_tensors
        marginals = (forward + backward).softmax(1)  # which sum to 1, whatever rounding has made of large numbers
        device = forward.device
        d_emissions = torch.empty_like(marginals).index_copy_(0, to_device(plan.order, device), marginals)
        n_first = int(plan.starts[1]) if len(plan.starts) > 1 else 0
        d_start, d_end = marginals[:n_first].sum(0), marginals[to_device(plan.last_rows, device)].sum(0)
        sizes = np.diff(plan.starts)
        before = np.arange(n_first, len(marginals)) - np.repeat(sizes[:-1], sizes[1:])
        d_between = _expected_pairs(forward[to_device(before, device)], between, (weights + backward)[n_first:])
        return gradient * d_emissions, gradient * d_start, gradient * d_end, gradient * d_between, None


def log_partition(potentials: Potentials, lengths: Ints1d) -> Tensor:
    """As that of `crf.py`, for scores of any size."""
    total: Tensor = _LogPartition.apply(*potentials, lengths)
    return total


def log_product(logarithms: Tensor, between: Tensor) -> Tensor:
    """Logarithms of sums over the tag before: (n, n_tags) to (n, n_tags)."""
    n_at_once = max(1, MAX_NUMBERS // between.numel())
    parts = logarithms.split(n_at_once) if len(logarithms) else [logarithms]
    return torch.cat([(part[:, :, None] + between).logsumexp(1) for part in parts])


def _expected_pairs(before: Tensor, between: Tensor, after: Tensor) -> Tensor:
    """How often each tag follows each other: (n_tags, n_tags).

    before, after: Logarithms of what comes before and after n pairs: (n, n_tags).
    """
    expected = torch.zeros_like(between)
    n_at_once = max(1, MAX_NUMBERS // between.numel())
    for one, other in zip(before.split(n_at_once), after.split(n_at_once)):
        pairs = one[:, :, None] + between + other[:, None, :]
        expected += pairs.flatten(1).softmax(1).sum(0).view_as(expected)
    return expected
