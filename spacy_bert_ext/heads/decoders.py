"""Tag scores → tags, with what is needed for the probability of any entity."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..errors import Errors
from ..ragged import rows_of, starts_of
from ..types import Ints1d
from .crf import Potentials, best_paths, pass_messages, time_major
from .tags import Entities, Transitions
from .token_classifier import TagScores

# How far below the best tag of a token, as a logarithm, marginals can tell tags apart. Products of two such
# probabilities are still normal numbers.
LARGEST_GAP = {torch.float32: 40.0, torch.float64: 300.0}


class Decoded(NamedTuple):
    """Tags of the readable tokens, and logarithms that add up to an entity's probability: (n_readable,) each.

    A token that begins the entity gives `first`, every later one `later`, the last one `last` on top.
    """

    tags: Ints1d
    first: np.ndarray
    later: np.ndarray
    last: np.ndarray


@torch.no_grad()
def greedy(scores: TagScores, allowed: Transitions) -> Decoded:
    """The best tag of each token by itself. An entity's probability is the product of its tags' probabilities."""
    log_probabilities = scores.logits.log_softmax(dim=1)
    return _independent(log_probabilities, log_probabilities.argmax(dim=1))


@torch.no_grad()
def constrained(scores: TagScores, allowed: Transitions) -> Decoded:
    """The most probable tag sequence that the scheme allows, tags being independent otherwise.

    Where the best tags of all tokens already form an allowed sequence, that is it; only the other Docs are searched.
    """
    log_probabilities = scores.logits.log_softmax(dim=1)
    tags = log_probabilities.argmax(dim=1)
    wrong_docs = _forbidden_docs(tags.cpu().numpy(), scores.lengths, allowed)
    if len(wrong_docs):
        rows = np.flatnonzero(np.isin(rows_of(scores.lengths), wrong_docs))
        index = torch.from_numpy(rows).to(tags.device)
        start, end, between = (_forbid(log_probabilities.new_zeros(a.shape), a) for a in allowed)
        potentials = Potentials(log_probabilities[index], start, end, between)
        tags[index] = best_paths(potentials, scores.lengths[wrong_docs])
    return _independent(log_probabilities, tags)


@torch.no_grad()
def crf(scores: TagScores, allowed: Transitions) -> Decoded:
    """The most probable sequence of the CRF. An entity's probability is its marginal, summed over all sequences."""
    exact = crf_potentials(scores.tensors, allowed)
    tags = best_paths(Potentials(*(tensor.float() for tensor in exact)), scores.lengths)
    plan = time_major(scores.lengths)
    # A token whose likely tags are all forbidden where it stands must not leave a sum of zero.
    lowest = exact.emissions.amax(dim=1, keepdim=True) - LARGEST_GAP[exact.emissions.dtype]
    messages = pass_messages(exact._replace(emissions=exact.emissions.maximum(lowest)), plan)
    order = torch.from_numpy(plan.order).to(tags.device)

    def of_tags(time_major_rows: Tensor) -> Tensor:
        values = time_major_rows.gather(1, tags[order, None])[:, 0]
        return torch.empty_like(values).index_copy_(0, order, values).log()

    later = of_tags(messages.weights)
    # The first token of a Doc gets the score of a pair that is never read.
    later[1:] += exact.between[tags[:-1], tags[1:]]
    return _on_host(tags, of_tags(messages.forward), later, of_tags(messages.backward))


DECODERS: dict[str, Callable[[TagScores, Transitions], Decoded]] = {
    "greedy": greedy,
    "constrained": constrained,
    "crf": crf,
}


def check_decoder(name: str) -> None:
    if name not in DECODERS:
        raise ValueError(Errors.B010.format(found=name, setting="decoder", allowed=", ".join(DECODERS)))


def crf_potentials(tensors: tuple[Tensor, ...], allowed: Transitions) -> Potentials:
    """Potentials with forbidden tag pairs ruled out, in double precision where the device has it."""
    dtype = torch.float32 if tensors[0].device.type == "mps" else torch.float64
    emissions, start, end, between = (tensor.to(dtype) for tensor in tensors)
    ruled = (_forbid(tensor, array) for tensor, array in zip((start, end, between), allowed))
    return Potentials(emissions, *ruled)


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
    return scores.masked_fill(~torch.from_numpy(allowed).to(scores.device), -torch.inf)


def _independent(log_probabilities: Tensor, tags: Tensor) -> Decoded:
    chosen = log_probabilities.gather(1, tags[:, None])[:, 0]
    return _on_host(tags, chosen, chosen, torch.zeros_like(chosen))


def _on_host(tags: Tensor, first: Tensor, later: Tensor, last: Tensor) -> Decoded:
    # One copy from the device: tag numbers are exact in either floating type.
    together = torch.stack([tags.to(first.dtype), first, later, last]).cpu().numpy().astype(np.float64)
    return Decoded(together[0].astype(np.int64), *together[1:])
