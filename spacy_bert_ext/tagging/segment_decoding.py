"""Best paths and messages of a CRF, segment by segment; and which sequences that was not enough for."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..arrays.ragged import rows_of
from ..arrays.transfer import to_device
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
from .decoded import Decoded, decoded_of, on_host
from .potentials import ruled
from .segments import Joints, Segments, groups, joints
from .tags import Block, Transitions


class Tolerance(NamedTuple):
    rtol: float
    atol: float


# How far below the best tag of a token, as a logarithm, marginals can tell tags apart. Products of two such
# probabilities are still normal numbers.
LARGEST_GAP = {torch.float32: 40.0, torch.float64: 300.0}

NEGLIGIBLE = 1e-6

MAX_ROWS = 16_384  # tokens that the CRF decodes at once, leads included
# By how much the messages of neighbouring segments may differ. Below the absolute one, no later token can matter.
SAME = {torch.float32: Tolerance(rtol=1e-4, atol=1e-20), torch.float64: Tolerance(rtol=1e-6, atol=0.0)}
SAME_SCORE = 1e-3  # by how much the logarithms may by which the best path is found, which fp32 rounds


def decode_segments(
    tensors: tuple[Tensor, ...],
    allowed: Transitions,
    segments: Segments,
    *,
    temperature: float,
    dtype: torch.dtype,
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
        potentials = Potentials(*(tensor.to(dtype) for tensor in ruled((logits, *tensors[1:]), allowed)))
        plan = time_major(group)
        best = best_paths(potentials, plan, allowed.blocks)
        potentials = Potentials(*(tensor / temperature for tensor in potentials))
        if wide:
            messages, is_doubtful = pass_log_messages(potentials, plan), None
        else:
            messages, is_doubtful = _pass_messages(potentials, plan, allowed.blocks)
        row_of_place = np.empty(len(plan.order), dtype=np.int64)
        row_of_place[plan.order] = np.arange(len(plan.order))
        own = to_device(np.flatnonzero(new), logits.device)
        own_rows = to_device(row_of_place[new], logits.device)
        tags = best.tags[own]
        chosen = [matrix[own_rows, tags] for matrix in (messages.forward, messages.weights, messages.backward)]
        parts.append(on_host(tags, *(chosen if wide else map(torch.log, chosen))))
        if is_doubtful is None:
            continue
        doubtful_places = is_doubtful[to_device(row_of_place, logits.device)].cpu().numpy()
        doubtful.append(group.sequence[rows_of(group.lengths)[doubtful_places]])
        meeting = joints(group)
        if len(meeting.sequence):
            doubtful.append(meeting.sequence[~_agree(best, messages, row_of_place, meeting)])
    return decoded_of(np.concatenate(parts, axis=1)), np.unique(np.concatenate(doubtful))


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
    same_past = torch.isclose(
        messages.forward[left], messages.forward[right], rtol=tolerance.rtol, atol=tolerance.atol
    ).all(1)
    same_future = torch.isclose(
        messages.backward[next_left], messages.backward[next_right], rtol=tolerance.rtol, atol=tolerance.atol
    ).all(1)
    same_scores = torch.isclose(best.scores[left], best.scores[right], rtol=0, atol=SAME_SCORE).all(1)
    return (same_past & same_future & same_scores & (tags_left == tags_right)).cpu().numpy()
