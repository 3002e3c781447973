"""Linear-chain conditional random field: likelihood, marginals and best path of many sequences at once.

Sequences of differing lengths stand time-major: first the first tags of all sequences, longest sequence first, then the
second tags, and so on. Every step computes all sequences that are still going on; nothing is padded.

Forward and backward messages are probabilities scaled to sum to 1 at every step (Rabiner 1989, section V.A), so that
they neither overflow nor lose the tail of a long Doc. Everything is computed in the type of the potentials.
Model: Lafferty, McCallum and Pereira (2001), "Conditional Random Fields".
"""

import itertools
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..ragged import rows_of, starts_of
from ..types import Ints1d


class Potentials(NamedTuple):
    """Scores of tags and of tag pairs, as logarithms; -inf forbids.

    emissions: (n_tokens, n_tags); sequences one after the other.
    start, end: (n_tags,).
    between: From a tag (row) to the next (column): (n_tags, n_tags).
    """

    emissions: Tensor
    start: Tensor
    end: Tensor
    between: Tensor


class TimeMajor(NamedTuple):
    """The order of computing.

    order: Place in the flat sequences of each computed row: (n_tokens,).
    starts: Row at which each step begins: (n_steps + 1,).
    sequences: Numbers of the sequences that have tokens, longest first: (n_sequences,).
    last_rows: Row of each such sequence's last token: (n_sequences,).
    """

    order: Ints1d
    starts: Ints1d
    sequences: Ints1d
    last_rows: Ints1d


class Messages(NamedTuple):
    """What forward and backward passes leave, in time-major order.

    forward, backward: Their product is the marginal probability of each tag: (n_tokens, n_tags).
    scale: Logarithm of what each step was divided by; sums to the log partition: (n_tokens,).
    weights: Exponentiated emissions that entered each step, highest of a row is 1: (n_tokens, n_tags).
    """

    forward: Tensor
    backward: Tensor
    scale: Tensor
    weights: Tensor


def time_major(lengths: Ints1d) -> TimeMajor:
    sequences = np.argsort(-lengths, kind="stable")
    sequences = sequences[lengths[sequences] > 0]
    rank = np.empty(len(lengths), dtype=np.int64)
    rank[sequences] = np.arange(len(sequences))
    rows = rows_of(lengths)
    step = np.arange(len(rows)) - starts_of(lengths)[rows]
    order = np.lexsort((rank[rows], step))
    counts = np.bincount(step)
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    last_rows = starts[lengths[sequences] - 1] + np.arange(len(sequences))
    return TimeMajor(order, starts, sequences, last_rows)


class _LogPartition(torch.autograd.Function):
    """Sum of the log partitions of all sequences; its gradients are the marginals."""

    @staticmethod
    def forward(ctx, emissions, start, end, between, lengths):
        potentials = Potentials(emissions, start, end, between)
        plan = time_major(lengths)
        messages = pass_messages(potentials, plan)
        ctx.plan, ctx.messages = plan, messages
        ctx.save_for_backward(between, end)
        return messages.scale.sum() + _end_scale(messages, plan, end).sum()

    @staticmethod
    def backward(ctx, gradient):
        plan, (forward, backward, _scale, weights) = ctx.plan, ctx.messages
        between, _end = ctx.saved_tensors
        marginals = forward * backward
        order = torch.from_numpy(plan.order).to(forward.device)
        d_emissions = torch.empty_like(marginals).index_copy_(0, order, marginals)
        n_first = int(plan.starts[1]) if len(plan.starts) > 1 else 0
        d_start = marginals[:n_first].sum(0)
        d_end = marginals[torch.from_numpy(plan.last_rows).to(forward.device)].sum(0)
        d_between = torch.zeros_like(between)
        step_weights = between.exp()
        incoming = weights * backward
        for step in range(1, len(plan.starts) - 1):
            now = slice(plan.starts[step], plan.starts[step + 1])
            before = slice(plan.starts[step - 1], plan.starts[step - 1] + now.stop - now.start)
            d_between.addmm_(forward[before].T, incoming[now])
        d_between *= step_weights
        return gradient * d_emissions, gradient * d_start, gradient * d_end, gradient * d_between, None


def log_partition(potentials: Potentials, lengths: Ints1d) -> Tensor:
    """Logarithm of the summed weight of all tag sequences, added up over the sequences; differentiable: ()."""
    return _LogPartition.apply(*potentials, lengths)


def pass_messages(potentials: Potentials, plan: TimeMajor) -> Messages:
    """Forward and backward passes over all sequences."""
    emissions, start, end, between = potentials
    weights_in_order = emissions[torch.from_numpy(plan.order).to(emissions.device)]
    highest = weights_in_order.max(dim=1, keepdim=True).values.clamp(min=torch.finfo(emissions.dtype).min)
    weights = (weights_in_order - highest).exp()
    step_weights = between.exp()
    forward = torch.empty_like(weights)
    divisors = weights.new_empty((len(weights), 1))
    steps = _steps(plan)
    previous: Tensor | None = None
    for now in steps:
        n_going_on = now.stop - now.start
        reached = start.exp() if previous is None else previous[:n_going_on] @ step_weights
        message = reached * weights[now]
        torch.sum(message, dim=1, keepdim=True, out=divisors[now])
        previous = torch.div(message, divisors[now], out=forward[now])
    weights = weights / divisors
    backward = torch.empty_like(weights)
    end_weights = end.exp()
    following: Tensor | None = None
    for now in reversed(steps):
        message = backward[now]
        n_going_on = 0 if following is None else len(following)
        if following is not None:
            torch.mm(following, step_weights.T, out=message[:n_going_on])
        if n_going_on < len(message):
            last = end_weights / (forward[now][n_going_on:] @ end_weights)[:, None]
            message[n_going_on:] = last
        following = message * weights[now]
    return Messages(forward, backward, divisors[:, 0].log() + highest[:, 0], weights)


def _end_scale(messages: Messages, plan: TimeMajor, end: Tensor) -> Tensor:
    last = torch.from_numpy(plan.last_rows).to(end.device)
    return (messages.forward[last] @ end.exp()).log()


def best_paths(potentials: Potentials, lengths: Ints1d) -> Tensor:
    """The best tag sequence of every sequence (Viterbi): (n_tokens,), in the order of the emissions.

    The way back looks up each best tag's predecessor anew, which costs one row per token where storing all of them
    on the way forth would cost a slow maximum with indices for every pair of tags.
    """
    emissions, start, end, between = potentials
    plan = time_major(lengths)
    order = torch.from_numpy(plan.order).to(emissions.device)
    emissions_in_order = emissions[order]
    steps = _steps(plan)
    scores = torch.empty_like(emissions_in_order)  # of the best path that ends in each tag
    incoming = between.T.contiguous()
    previous: Tensor | None = None
    for now in steps:
        if previous is None:
            reached = start + emissions_in_order[now]
        else:
            candidates = previous[: now.stop - now.start, None, :] + incoming
            reached = candidates.amax(dim=2) + emissions_in_order[now]
        # Only differences count; without this a long Doc would use up the digits.
        previous = torch.sub(reached, reached.amax(dim=1, keepdim=True), out=scores[now])
    path = torch.empty(len(scores), dtype=torch.int64, device=emissions.device)
    following: Tensor | None = None
    for now in reversed(steps):
        final = scores[now].clone()
        n_going_on = 0 if following is None else len(following)
        final[n_going_on:] += end
        if following is not None:
            final[:n_going_on] += incoming[following]
        following = torch.argmax(final, dim=1, out=path[now])
    return torch.empty_like(path).index_copy_(0, order, path)


def _steps(plan: TimeMajor) -> list[slice]:
    """The rows of each step."""
    return [slice(a, b) for a, b in itertools.pairwise(plan.starts.tolist())]
