"""Linear-chain conditional random field: likelihood, marginals and best path of many sequences at once.

Sequences of differing lengths stand time-major: first the first tags of all sequences, longest sequence first, then
the second tags, and so on. Every step computes all sequences that are still going on; nothing is padded. A sequence may
also be a segment of a longer one (`segments.py`): then nothing is known of the tag before it, or after it.

Most pairs of tags are forbidden where there are many labels. A step then computes only the blocks that are not.

Forward and backward messages are probabilities scaled to sum to 1 at every step (Rabiner 1989, section V.A), so that
they neither overflow nor lose the tail of a long Doc. Everything is computed in the type of the potentials. Where
scores are too far apart for that, messages are `out_of_reach`: `crf_wide.py` computes the same with logarithms.
Model: Lafferty, McCallum and Pereira (2001), "Conditional Random Fields".
"""

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..arrays.ragged import rows_of, starts_of
from ..arrays.transfer import to_device
from ..types import Bools1d, Ints1d
from .segments import Segments, whole
from .tags import Block

# Where probabilities reach, as logarithms. What is smaller than the smallest number is lost; if that mattered to more
# than one part in ten million, the sum that a step is divided by would be small, or a backward message large.
LARGEST_SCORE = {torch.float32: 30.0, torch.float64: 300.0}
SMALLEST_SUM = {torch.float32: -30.0, torch.float64: -300.0}
LARGEST_BACKWARD = {torch.float32: 40.0, torch.float64: 390.0}

MAX_PLUS_NUMBERS = 1_000_000  # sums that are compared at once


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


class Plan(NamedTuple):
    """The order of computing.

    order: Place in the segments of each computed row: (n_rows,).
    starts: Row at which each step begins: (n_steps + 1,).
    last_rows: Row of the last token of each segment that has tokens, longest first: (n_filled,).
    begins, ends: Whether these segments begin and end their sequences: (n_filled,).
    """

    order: Ints1d
    starts: Ints1d
    last_rows: Ints1d
    begins: Bools1d
    ends: Bools1d

    def steps(self) -> list[slice]:
        """The rows of each step."""
        return [slice(a, b) for a, b in itertools.pairwise(self.starts.tolist())]


class Messages(NamedTuple):
    """What forward and backward passes leave, in time-major order.

    forward, backward: Their product is the marginal probability of each tag: (n_rows, n_tags).
    scale: Logarithm of what each step was divided by; sums to the log partition: (n_rows,).
    divisor: That part of it that is not the highest emission: (n_rows,).
    weights: Exponentiated emissions that entered each step, divided by the step's sum: (n_rows, n_tags).
    """

    forward: Tensor
    backward: Tensor
    scale: Tensor
    divisor: Tensor
    weights: Tensor


def time_major(segments: Segments) -> Plan:
    lengths = segments.lengths
    filled = np.argsort(-lengths, kind="stable")
    filled = filled[lengths[filled] > 0]
    rank = np.empty(len(lengths), dtype=np.int64)
    rank[filled] = np.arange(len(filled))
    rows = rows_of(lengths)
    step = np.arange(len(rows)) - starts_of(lengths)[rows]
    order = np.lexsort((rank[rows], step))
    counts = np.bincount(step)
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    last_rows = starts[lengths[filled] - 1] + np.arange(len(filled))
    return Plan(
        order=order,
        starts=starts,
        last_rows=last_rows,
        begins=segments.begins[filled],
        ends=segments.ends[filled],
    )


class _Pairs:
    """From the scores of all tags to those of the next, or of the one before, by the blocks of the pairs' scores.

    between (Tensor): Scores, or weights, of pairs: (n_tags, n_tags).
    """

    def __init__(self, between: Tensor, blocks: Sequence[Block]) -> None:
        self._whole = between if not blocks else None
        self._parts = []
        for block in blocks:
            rows, columns = (to_device(places, between.device) for places in block)
            scores = between[rows[:, :, None], columns[:, None, :]]
            self._parts.append((rows.flatten(), columns.flatten(), scores))

    def forth(self, previous: Tensor) -> Tensor:
        """Sums over the tag before: (n, n_tags) to (n, n_tags)."""
        return self._apply(previous, _product, transposed=False)

    def back(self, following: Tensor) -> Tensor:
        """Sums over the tag after: (n, n_tags) to (n, n_tags)."""
        return self._apply(following, _product, transposed=True)

    def best_before(self, previous: Tensor) -> Tensor:
        """Highest sums of a score and a pair's score, over the tag before: (n, n_tags) to (n, n_tags)."""
        return self._apply(previous, _max_plus, transposed=False)

    def _apply(self, values: Tensor, operation: Callable[[Tensor, Tensor], Tensor], *, transposed: bool) -> Tensor:
        if self._whole is not None:
            scores = self._whole[None]
            return operation(values[:, None, :], scores.transpose(1, 2) if transposed else scores)[:, 0]
        result = torch.empty_like(values)
        for rows, columns, scores in self._parts:
            sources, targets = (columns, rows) if transposed else (rows, columns)
            scores = scores.transpose(1, 2) if transposed else scores
            taken = values.index_select(1, sources).view(len(values), *scores.shape[:2])
            result.index_copy_(1, targets, operation(taken, scores).flatten(1))
        return result


def _product(values: Tensor, scores: Tensor) -> Tensor:
    """Sums over `r`: (n, k, r), (k, r, c) to (n, k, c)."""
    if len(scores) == 1:
        return (values[:, 0] @ scores[0])[:, None]
    # Many small groups: `r` is so short that adding up whole slices is fastest.
    sums = values[..., 0, None] * scores[:, 0]
    for i in range(1, scores.shape[1]):
        sums.addcmul_(values[..., i, None], scores[:, i])
    return sums


def _max_plus(values: Tensor, scores: Tensor) -> Tensor:
    """Highest sums over `r`: (n, k, r), (k, r, c) to (n, k, c)."""
    if len(scores) > 1:
        highest = values[..., 0, None] + scores[:, 0]
        for i in range(1, scores.shape[1]):
            torch.maximum(highest, values[..., i, None] + scores[:, i], out=highest)
        return highest
    # The last axis is reduced fastest, and a few rows at a time stay in the processor's cache.
    turned = scores[0].T.contiguous()
    n_at_once = max(1, MAX_PLUS_NUMBERS // turned.numel())
    return torch.cat([(part[:, None, :] + turned).amax(2) for part in values[:, 0].split(n_at_once)])[:, None]


class _LogPartition(torch.autograd.Function):
    """Sum of the log partitions of all sequences; its gradients are the marginals."""

    @staticmethod
    def forward(
        ctx: Any,
        emissions: Tensor,
        start: Tensor,
        end: Tensor,
        between: Tensor,
        lengths: Ints1d,
        blocks: Sequence[Block],
    ) -> Tensor:
        potentials = Potentials(emissions, start, end, between)
        plan = time_major(whole(lengths))
        messages = pass_messages(potentials, plan, blocks)
        ctx.plan, ctx.messages = plan, messages
        ctx.save_for_backward(between, end)
        total = messages.scale.sum() + _end_scale(messages, plan, end).sum()
        # Not decided here, since that would wait for the device.
        return total.masked_fill(out_of_reach(messages).any() | scores_out_of_reach(potentials), torch.nan)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        plan, (forward, backward, _scale, _divisor, weights) = ctx.plan, ctx.messages
        between, _end = ctx.saved_tensors
        marginals = forward * backward
        order = to_device(plan.order, forward.device)
        d_emissions = torch.empty_like(marginals).index_copy_(0, order, marginals)
        n_first = int(plan.starts[1]) if len(plan.starts) > 1 else 0
        d_start = marginals[:n_first].sum(0)
        d_end = marginals[to_device(plan.last_rows, forward.device)].sum(0)
        # A row's predecessor stands as far into the step before.
        sizes = np.diff(plan.starts)
        before = np.arange(n_first, len(marginals)) - np.repeat(sizes[:-1], sizes[1:])
        incoming = (weights * backward)[n_first:]
        d_between = forward[to_device(before, forward.device)].T @ incoming * between.exp()
        return gradient * d_emissions, gradient * d_start, gradient * d_end, gradient * d_between, None, None


def log_partition(potentials: Potentials, lengths: Ints1d, blocks: Sequence[Block] = ()) -> Tensor:
    """Logarithm of the summed weight of all tag sequences, added up over the sequences; differentiable: ().

    It is nan where probabilities don't reach: see `log_partition` of `crf_wide.py`. The emissions of a token must not
    differ by more than LARGEST_SCORE.

    blocks (Sequence[Block]): Where `between` may be finite, all other pairs being forbidden; () if anywhere.
    """
    total: Tensor = _LogPartition.apply(*potentials, lengths, blocks)
    return total


def path_score(potentials: Potentials, tags: Ints1d, lengths: Ints1d) -> Tensor:
    """Logarithm of the weight of these tag sequences, added up over the sequences; differentiable: ().

    tags (Ints1d): (n_tokens,), in the order of the emissions.
    """
    emissions, start, end, between = potentials
    filled = lengths > 0
    firsts = starts_of(lengths)[filled]
    inner = np.ones(len(tags), dtype=bool)
    inner[firsts] = False
    inner = np.flatnonzero(inner)
    places = [
        np.arange(len(tags)),
        tags,
        tags[firsts],
        tags[firsts + lengths[filled] - 1],
        tags[inner - 1],
        tags[inner],
    ]
    rows, chosen, first, last, before, after = (to_device(place, emissions.device) for place in places)
    return emissions[rows, chosen].sum() + start[first].sum() + end[last].sum() + between[before, after].sum()


def out_of_reach(messages: Messages) -> Tensor:
    """Which rows may have lost what matters: (n_rows,)."""
    dtype = messages.forward.dtype
    return ~(
        (messages.divisor >= math.exp(SMALLEST_SUM[dtype]))
        & (messages.backward.amax(1) <= math.exp(LARGEST_BACKWARD[dtype]))
    )


def scores_out_of_reach(potentials: Potentials) -> Tensor:
    """Whether a score of a pair, or of either end, is too far from 0: ()."""
    scores = torch.cat([tensor.flatten() for tensor in potentials[1:]])
    known = scores.nan_to_num(nan=math.nan, posinf=math.inf, neginf=0.0)  # what is forbidden is out of nobody's reach
    return ~(known.abs_().amax() <= LARGEST_SCORE[scores.dtype])


def pass_messages(potentials: Potentials, plan: Plan, blocks: Sequence[Block] = ()) -> Messages:
    """Forward and backward passes over all segments. `emissions` are those of the segments: (n_rows, n_tags)."""
    emissions, start, end, between = potentials
    weights_in_order = emissions[to_device(plan.order, emissions.device)]
    highest = weights_in_order.max(dim=1, keepdim=True).values.clamp(min=torch.finfo(emissions.dtype).min)
    weights = (weights_in_order - highest).exp()
    pairs = _Pairs(between.exp(), blocks)
    forward = torch.empty_like(weights)
    divisors = weights.new_empty((len(weights), 1))
    steps = plan.steps()
    previous: Tensor | None = None
    for now in steps:
        n_going_on = now.stop - now.start
        reached = known_scores(start, plan.begins).exp() if previous is None else pairs.forth(previous[:n_going_on])
        message = reached * weights[now]
        torch.sum(message, dim=1, keepdim=True, out=divisors[now])
        previous = torch.div(message, divisors[now], out=forward[now])
    weights = weights.div_(divisors)
    backward = torch.empty_like(weights)
    end_weights = known_scores(end, plan.ends).exp()
    following: Tensor | None = None
    for now in reversed(steps):
        message = backward[now]
        n_going_on = 0 if following is None else len(following)
        if following is not None:
            message[:n_going_on] = pairs.back(following)
        if n_going_on < len(message):
            last_weights = end_weights[n_going_on : len(message)]
            message[n_going_on:] = last_weights / (forward[now][n_going_on:] * last_weights).sum(1, keepdim=True)
        following = message * weights[now]
    divisor = divisors[:, 0]
    scale = divisor.log() + highest[:, 0]
    return Messages(forward=forward, backward=backward, scale=scale, divisor=divisor, weights=weights)


def known_scores(scores: Tensor, at_edge: Bools1d) -> Tensor:
    """The scores for segments at the edge of their sequence, 0 for the others: (n_filled, n_tags)."""
    if at_edge.all():
        return scores.expand(len(at_edge), -1)
    return torch.where(to_device(at_edge, scores.device)[:, None], scores, 0.0)


def _end_scale(messages: Messages, plan: Plan, end: Tensor) -> Tensor:
    last = to_device(plan.last_rows, end.device)
    return (messages.forward[last] @ end.exp()).log()


class BestPaths(NamedTuple):
    """tags: The best path of each segment: (n_rows,), in the order of the segments.
    scores: Of the best path that ends in each tag, the highest of a row being 0: (n_rows, n_tags), in time-major order.
    """

    tags: Tensor
    scores: Tensor


def best_paths(potentials: Potentials, plan: Plan, blocks: Sequence[Block] = ()) -> BestPaths:
    """The best tag sequence of every segment (Viterbi). `emissions` are those of the segments: (n_rows, n_tags).

    The way back looks up each best tag's predecessor anew, which costs one row per token where storing all of them
    on the way forth would cost a slow maximum with indices for every pair of tags.
    """
    emissions, start, end, between = potentials
    order = to_device(plan.order, emissions.device)
    emissions_in_order = emissions[order]
    steps = plan.steps()
    scores = torch.empty_like(emissions_in_order)
    pairs = _Pairs(between, blocks)
    previous: Tensor | None = None
    for now in steps:
        n_going_on = now.stop - now.start
        before = known_scores(start, plan.begins) if previous is None else pairs.best_before(previous[:n_going_on])
        reached = before + emissions_in_order[now]
        # Only differences count; without this a long Doc would use up the digits.
        previous = torch.sub(reached, reached.amax(dim=1, keepdim=True), out=scores[now])
    path = torch.empty(len(scores), dtype=torch.int64, device=emissions.device)
    incoming, last_scores = between.T.contiguous(), known_scores(end, plan.ends)
    following: Tensor | None = None
    for now in reversed(steps):
        final = scores[now].clone()
        n_going_on = 0 if following is None else len(following)
        final[n_going_on:] += last_scores[n_going_on : len(final)]
        if following is not None:
            final[:n_going_on] += incoming[following]
        following = torch.argmax(final, dim=1, out=path[now])
    return BestPaths(torch.empty_like(path).index_copy_(0, order, path), scores)
