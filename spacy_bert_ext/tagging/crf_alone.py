"""The CRF of one short sequence on the CPU, as a single request has it, in NumPy.

A step of one sequence computes little, so that nearly all of its time is that of calls, and NumPy's take a fraction of
torch's. What is computed is what `crf.py` computes, in single precision: the same best path, and messages that differ
by rounding. Products are not left to BLAS, which may start threads of its own.
"""

import math
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..types import Ints1d
from .crf import LARGEST_BACKWARD, LARGEST_SCORE, SMALLEST_SUM
from .decoded import Decoded
from .segment_decoding import LARGEST_GAP, NEGLIGIBLE
from .segments import SIZES
from .tags import Transitions

Floats: TypeAlias = NDArray[np.float32]

MAX_TOKENS = sum(SIZES[0])  # longer sequences are cut, and their segments computed side by side
FORBIDDEN = np.float32(-np.inf)


def can_decode_alone(tensors: tuple[Tensor, ...], lengths: Ints1d) -> bool:
    """Whether this is one sequence of scores in fp32, on the CPU, and of a length at which that is faster."""
    is_one = len(lengths) == 1 and 0 < int(lengths[0]) <= MAX_TOKENS
    return is_one and all(tensor.device.type == "cpu" and tensor.dtype == torch.float32 for tensor in tensors)


def decode_alone(tensors: tuple[Tensor, ...], allowed: Transitions, temperature: float) -> Decoded | None:
    """The best allowed sequence, with marginals; the scores of tag pairs are left out of `later`.

    tensors: Of one sequence, as those of `TagScores`.
    RETURNS (Decoded): None if the scores are out of the range of the messages.
    """
    emissions, *others = (tensor.detach().numpy() for tensor in tensors)
    start, end, between = (np.where(may, scores, FORBIDDEN) for may, scores in zip(allowed[:3], others))
    with np.errstate(all="ignore"):  # what is no number is found below
        tags = _best_path(emissions, start, end=end, between=between)
        divisor = np.float32(temperature)
        chosen = _marginals(
            emissions / divisor, start / divisor, end=end / divisor, between=between / divisor, tags=tags
        )
        return None if chosen is None else Decoded(tags, *np.log(chosen.astype(np.float64)))


def _best_path(emissions: Floats, start: Floats, *, end: Floats, between: Floats) -> Ints1d:
    """See `best_paths`."""
    scores, incoming = np.empty_like(emissions), np.ascontiguousarray(between.T)
    before = start
    for i, row in enumerate(emissions):
        if i:
            before = (incoming + scores[i - 1]).max(axis=1)
        reached = before + row
        np.subtract(reached, reached.max(), out=scores[i])
    path = [int((scores[-1] + end).argmax())]
    for row in scores[-2::-1]:
        path.append(int((row + incoming[path[-1]]).argmax()))
    return np.array(path[::-1], dtype=np.int64)


def _marginals(
    emissions: Floats, start: Floats, *, end: Floats, between: Floats, tags: Ints1d
) -> NDArray[np.float32] | None:
    """The best path's `forward`, `weights` and `backward`, see `pass_messages`: (3, n_tokens). None if out of reach."""
    lowest = emissions.max(axis=1, keepdims=True) - np.float32(LARGEST_GAP[torch.float32])
    raised = emissions < lowest
    emissions = np.maximum(emissions, lowest)
    weights = np.exp(emissions - emissions.max(axis=1, keepdims=True))
    pairs = np.exp(between)
    forward, backward = np.empty_like(weights), np.empty_like(weights)
    divisors = np.empty((len(weights), 1), dtype=np.float32)
    reached = np.exp(start)
    for i, row in enumerate(weights):
        if i:
            reached = np.einsum("i,ij->j", forward[i - 1], pairs)
        message = reached * row
        divisors[i] = message.sum()
        np.divide(message, divisors[i], out=forward[i])
    weights /= divisors
    last_weights = np.exp(end)
    backward[-1] = last_weights / (forward[-1] * last_weights).sum()
    for i in range(len(weights) - 2, -1, -1):
        np.einsum("ij,j->i", pairs, backward[i + 1] * weights[i + 1], out=backward[i])
    if not _are_within_reach(divisors, backward, (start, end, between)):
        return None
    probable = np.where(raised, forward * backward, 0).sum(axis=1) if raised.any() else np.zeros(1)
    if not (probable < NEGLIGIBLE).all():
        return None
    places = np.arange(len(tags)), tags
    return np.stack([forward[places], weights[places], backward[places]])


def _are_within_reach(divisors: Floats, backward: Floats, pairs: tuple[Floats, ...]) -> bool:
    """As `out_of_reach` and `scores_out_of_reach` have it. What is no number is not."""
    smallest, largest = math.exp(SMALLEST_SUM[torch.float32]), math.exp(LARGEST_BACKWARD[torch.float32])
    known = (np.where(scores == FORBIDDEN, 0, scores) for scores in pairs)
    return bool(
        (divisors >= smallest).all()
        and (backward.max(axis=1) <= largest).all()
        and all((np.abs(scores) <= LARGEST_SCORE[torch.float32]).all() for scores in known)
    )
