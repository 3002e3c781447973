"""Tag scores → tags, with what is needed for the probability of any entity.

A temperature divides all scores before they become probabilities (Guo et al. 2017, "On Calibration of Modern Neural
Networks"). Tags are found without it, so that it never changes them.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..arrays.ragged import rows_of, starts_of
from ..arrays.transfer import to_device
from ..errors import Errors
from ..types import Bools1d, Ints1d
from .crf import (
    BestPaths,
    Messages,
    Plan,
    Potentials,
    best_paths,
    out_of_reach,
    pass_messages,
    scores_out_of_reach,
    time_major,
)
from .crf_wide import pass_log_messages
from .segments import SIZES, Joints, Segments, cut, groups, joints, whole
from .tag_scores import TagScores
from .tags import Block, Entities, Transitions

# How far below the best tag of a token, as a logarithm, marginals can tell tags apart. Products of two such
# probabilities are still normal numbers.
LARGEST_GAP = {torch.float32: 40.0, torch.float64: 300.0}

NEGLIGIBLE = 1e-6

MAX_ROWS = 16_384  # tokens that the CRF decodes at once, leads included
# By how much the messages of neighbouring segments may differ. Below the absolute one, no later token can matter.
SAME = {torch.float32: {"rtol": 1e-4, "atol": 1e-20}, torch.float64: {"rtol": 1e-6, "atol": 0.0}}
SAME_SCORE = 1e-3  # by how much the logarithms may by which the best path is found, which fp32 rounds


class Decoded(NamedTuple):
    """Tags of the taggable tokens, and logarithms that add up to an entity's probability: (n_taggable,) each.

    A token that begins the entity gives `first`, every later one `later`, the last one `last` on top.
    """

    tags: Ints1d
    first: np.ndarray
    later: np.ndarray
    last: np.ndarray


@torch.no_grad()
def greedy(scores: TagScores, allowed: Transitions, temperature: float = 1.0) -> Decoded:
    """The best tag of each token by itself. An entity's probability is the product of its tags' probabilities."""
    return _independent(scores.logits, scores.logits.argmax(dim=1), temperature)


@torch.no_grad()
def constrained(scores: TagScores, allowed: Transitions, temperature: float = 1.0) -> Decoded:
    """The most probable tag sequence that the scheme allows, tags being independent otherwise.

    Where the best tags of all tokens already form an allowed sequence, that is it; only the other Docs are searched.
    """
    logits, lengths = scores.logits, scores.lengths
    tags = logits.argmax(dim=1)
    wrong_docs = _forbidden_docs(tags.cpu().numpy(), lengths, allowed)
    if len(wrong_docs):
        rows = _rows_of(wrong_docs, lengths)
        # Logits do for log-probabilities: what is taken from all tags of a token changes no comparison.
        no_scores = (logits.new_zeros(array.shape) for array in allowed[:3])
        searched = _search((_take(logits, rows), *no_scores), allowed, lengths[wrong_docs], temperature=1.0)
        tags[to_device(rows, logits.device)] = to_device(searched.tags, logits.device)
    return _independent(logits, tags, temperature)


@torch.no_grad()
def crf(scores: TagScores, allowed: Transitions, temperature: float = 1.0) -> Decoded:
    """The most probable sequence of the CRF. An entity's probability is its marginal, summed over all sequences."""
    decoded = _search(scores.tensors, allowed, scores.lengths, temperature)
    between = scores.tensors[3].cpu().double().numpy() / temperature
    # The first token of a Doc gets the score of a pair that is never read.
    decoded.later[1:] += between[decoded.tags[:-1], decoded.tags[1:]]
    return decoded


def _search(tensors: tuple[Tensor, ...], allowed: Transitions, lengths: Ints1d, temperature: float) -> Decoded:
    """The best allowed sequences, with marginals; the scores of tag pairs are left out of `later`."""
    decoded, doubtful = _decode_segments(tensors, allowed, cut(lengths, *SIZES[0]), temperature, torch.float32)
    longer = [(partial(cut, own_tokens=own, lead_tokens=lead), False) for own, lead in SIZES[1:]]
    for cut_again, wide in (*longer, (whole, False), (whole, True)):
        if not len(doubtful):
            break
        rows = _rows_of(doubtful, lengths)
        logits = _take(tensors[0], rows)
        segments = cut_again(lengths[doubtful])
        again, still = _decode_segments(
            (logits, *tensors[1:]), allowed, segments, temperature, _widest(logits), wide=wide
        )
        for array, right in zip(decoded, again, strict=True):
            array[rows] = right
        doubtful = doubtful[still]
    return decoded


def _rows_of(docs: Ints1d, lengths: Ints1d) -> Ints1d:
    """The rows of some Docs."""
    return np.flatnonzero(np.isin(rows_of(lengths), docs))


def _take(logits: Tensor, rows: Ints1d) -> Tensor:
    """These rows of the logits, without a copy if they are all: of a long Doc they are the largest array there is."""
    return logits if len(rows) == len(logits) else logits[to_device(rows, logits.device)]


def _decode_segments(
    tensors: tuple[Tensor, ...],
    allowed: Transitions,
    segments: Segments,
    temperature: float,
    dtype: torch.dtype,
    *,
    wide: bool = False,
) -> tuple[Decoded, Ints1d]:
    """Decode all segments, once.

    dtype (torch.dtype): Of scores and messages.
    wide (bool): Whether messages are logarithms, for scores of any size.
    RETURNS (Tuple[Decoded, Ints1d]): And the sequences that should be decoded again: their segments contradict each
        other where they meet, or their scores are out of the range of the messages.
    """
    parts, doubtful = [np.zeros((4, 0))], [np.zeros(0, dtype=np.int64)]
    for group, new in groups(segments, MAX_ROWS):
        logits = tensors[0][to_device(group.rows, tensors[0].device)]
        potentials = Potentials(*(tensor.to(dtype) for tensor in _ruled((logits, *tensors[1:]), allowed)))
        plan = time_major(group)
        best = best_paths(potentials, plan, allowed.blocks)
        potentials = Potentials(*(tensor / temperature for tensor in potentials))
        if wide:
            messages = pass_log_messages(potentials, plan)
        else:
            messages, is_doubtful = _pass_messages(potentials, plan, allowed.blocks)
        row_of_place = np.empty(len(plan.order), dtype=np.int64)
        row_of_place[plan.order] = np.arange(len(plan.order))
        own = to_device(np.flatnonzero(new), logits.device)
        own_rows = to_device(row_of_place[new], logits.device)
        tags = best.tags[own]
        chosen = [matrix[own_rows, tags] for matrix in (messages.forward, messages.weights, messages.backward)]
        parts.append(_on_host(tags, *(chosen if wide else map(torch.log, chosen))))
        if wide:
            continue
        is_doubtful = is_doubtful[to_device(row_of_place, logits.device)]
        doubtful.append(group.sequence[rows_of(group.lengths)[is_doubtful.cpu().numpy()]])
        meeting = joints(group)
        if len(meeting.sequence):
            doubtful.append(meeting.sequence[~_agree(best, messages, row_of_place, meeting)])
    return _decoded(np.concatenate(parts, axis=1)), np.unique(np.concatenate(doubtful))


def _pass_messages(potentials: Potentials, plan: Plan, blocks: Sequence[Block]) -> tuple[Messages, Tensor]:
    """Messages, and which rows may be out of their reach, in time-major order: (n_rows,)."""
    emissions = potentials.emissions
    # A token whose likely tags are all forbidden where it stands must not leave a sum of zero.
    lowest = emissions.amax(dim=1, keepdim=True) - LARGEST_GAP[emissions.dtype]
    messages = pass_messages(potentials._replace(emissions=emissions.maximum(lowest)), plan, blocks)
    is_doubtful = out_of_reach(messages) | scores_out_of_reach(potentials)
    raised = (emissions < lowest)[to_device(plan.order, emissions.device)]
    if raised.any():  # to be more probable than they are: no matter, if that is little
        probable = (messages.forward * messages.backward).masked_fill_(~raised, 0.0).sum(1)
        is_doubtful |= ~(probable < NEGLIGIBLE)
    return messages, is_doubtful


def _agree(best: BestPaths, messages: Messages, row_of_place: Ints1d, meeting: Joints) -> Bools1d:
    """Whether the segments on both sides of each joint have come to the same messages and tags: (n_joints,)."""
    device = best.tags.device
    left, right, next_left, next_right = (
        to_device(row_of_place[places], device)
        for places in (meeting.last_in_left, meeting.last_in_right, meeting.first_in_left, meeting.first_in_right)
    )
    tags_left, tags_right = (
        best.tags[to_device(places, device)] for places in (meeting.first_in_left, meeting.first_in_right)
    )
    tolerance = SAME[messages.forward.dtype]
    same_past = torch.isclose(messages.forward[left], messages.forward[right], **tolerance).all(1)
    same_future = torch.isclose(messages.backward[next_left], messages.backward[next_right], **tolerance).all(1)
    same_scores = torch.isclose(best.scores[left], best.scores[right], rtol=0, atol=SAME_SCORE).all(1)
    return (same_past & same_future & same_scores & (tags_left == tags_right)).cpu().numpy()


DECODERS: dict[str, Callable[[TagScores, Transitions, float], Decoded]] = {
    "greedy": greedy,
    "constrained": constrained,
    "crf": crf,
}


def check_decoder(name: str) -> None:
    if name not in DECODERS:
        raise ValueError(Errors.B010.format(found=name, setting="decoder", allowed=", ".join(DECODERS)))


def crf_potentials(tensors: tuple[Tensor, ...], allowed: Transitions) -> Potentials:
    """Potentials with forbidden tag pairs ruled out, in double precision where the device has it."""
    return _ruled([tensor.to(_widest(tensors[0])) for tensor in tensors], allowed)


def _ruled(tensors: Sequence[Tensor], allowed: Transitions) -> Potentials:
    emissions, *others = tensors
    return Potentials(emissions, *(_forbid(tensor, array) for tensor, array in zip(others, allowed[:3])))


def _widest(tensor: Tensor) -> torch.dtype:
    return torch.float32 if tensor.device.type == "mps" else torch.float64


def entity_scores(decoded: Decoded, entities: Entities) -> np.ndarray:
    """The probability of each entity, from 0 to 1: (n_entities,)."""
    summed = np.cumsum(np.where(np.isfinite(decoded.later), decoded.later, 0.0))
    inner = summed[entities.last] - summed[entities.first]
    return np.exp(np.minimum(decoded.first[entities.first] + inner + decoded.last[entities.last], 0.0))


def _forbidden_docs(tags: Ints1d, lengths: Ints1d, allowed: Transitions) -> Ints1d:
    docs = rows_of(lengths)
    fine = np.ones(len(tags), dtype=bool)
    fine[1:] = allowed.between[tags[:-1], tags[1:]] | (docs[1:] != docs[:-1])
    filled = lengths > 0
    firsts = starts_of(lengths)[filled]
    fine[firsts] &= allowed.start[tags[firsts]]
    lasts = firsts + lengths[filled] - 1
    fine[lasts] &= allowed.end[tags[lasts]]
    return np.unique(docs[~fine])


def _forbid(scores: Tensor, allowed: np.ndarray) -> Tensor:
    return scores.masked_fill(~to_device(allowed, scores.device), -torch.inf)


def _independent(logits: Tensor, tags: Tensor, temperature: float) -> Decoded:
    """Tags with their own probabilities, which half precision would round, as it would numbers of tags above 256."""
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
    total = torch.cat([(rows / temperature).logsumexp(dim=1) for rows in logits.split(MAX_ROWS)])
    chosen = logits.gather(1, tags[:, None])[:, 0] / temperature - total
    return _decoded(_on_host(tags, chosen, chosen, torch.zeros_like(chosen)))


def _on_host(tags: Tensor, first: Tensor, later: Tensor, last: Tensor) -> np.ndarray:
    """(4, n_taggable): one copy from the device, since tag numbers are exact in either floating type."""
    return torch.stack([tags.to(first.dtype), first, later, last]).cpu().numpy().astype(np.float64)


def _decoded(rows: np.ndarray) -> Decoded:
    return Decoded(rows[0].astype(np.int64), rows[1], rows[2], rows[3])
