"""Tag scores → tags, with what is needed for the probability of any entity.

A temperature divides all scores before they become probabilities (Guo et al. 2017, "On Calibration of Modern Neural
Networks"). Tags are found without it, so that it never changes them.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import Tensor

from ..arrays.ragged import rows_of, starts_of
from ..arrays.transfer import to_device
from ..errors import Errors
from ..types import Ints1d
from .crf_alone import can_decode_alone, decode_alone
from .decoded import Decoded, decoded_of, on_host
from .potentials import widest
from .segment_decoding import MAX_ROWS, decode_segments
from .segments import SIZES, Segments, cut, whole
from .tag_scores import TagScores
from .tags import Transitions


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
        rows = _rows_of_docs(wrong_docs, lengths)
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
    alone = decode_alone(tensors, allowed, temperature) if can_decode_alone(tensors, lengths) else None
    if alone is not None:
        return alone
    segments = cut(lengths, *SIZES[0])
    decoded, doubtful = decode_segments(tensors, allowed, segments, temperature=temperature, dtype=torch.float32)
    longer: list[Callable[[Ints1d], Segments]] = [
        partial(cut, own_tokens=own_tokens, lead_tokens=lead_tokens) for own_tokens, lead_tokens in SIZES[1:]
    ]
    for cut_again, wide in (*((cut_longer, False) for cut_longer in longer), (whole, False), (whole, True)):
        if not len(doubtful):
            break
        rows = _rows_of_docs(doubtful, lengths)
        logits = _take(tensors[0], rows)
        again, still = decode_segments(
            (logits, *tensors[1:]),
            allowed,
            cut_again(lengths[doubtful]),
            temperature=temperature,
            dtype=widest(logits),
            wide=wide,
        )
        for array, right in zip(decoded, again, strict=True):
            array[rows] = right
        doubtful = doubtful[still]
    return decoded


def _rows_of_docs(docs: Ints1d, lengths: Ints1d) -> Ints1d:
    """The rows of some Docs."""
    return np.flatnonzero(np.isin(rows_of(lengths), docs))


def _take(logits: Tensor, rows: Ints1d) -> Tensor:
    """These rows of the logits, without a copy if they are all: of a long Doc they are the largest array there is."""
    return logits if len(rows) == len(logits) else logits[to_device(rows, logits.device)]


DECODERS: dict[str, Callable[[TagScores, Transitions, float], Decoded]] = {
    "greedy": greedy,
    "constrained": constrained,
    "crf": crf,
}


def check_decoder(name: str) -> None:
    if name not in DECODERS:
        raise ValueError(Errors.B010.format(found=name, setting="decoder", allowed=", ".join(DECODERS)))


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


def _independent(logits: Tensor, tags: Tensor, temperature: float) -> Decoded:
    """Tags with their own probabilities, which half precision would round, as it would numbers of tags above 256."""
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
    total = torch.cat([(rows / temperature).logsumexp(dim=1) for rows in logits.split(MAX_ROWS)])
    chosen = logits.gather(1, tags[:, None])[:, 0] / temperature - total
    return decoded_of(on_host(tags, chosen, chosen, torch.zeros_like(chosen)))
