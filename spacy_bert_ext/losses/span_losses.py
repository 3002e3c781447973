"""The loss of spans: of where they begin and end, and of what each candidate is. Means over tokens."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..arrays.transfer import to_device
from ..spans.candidates import Candidates, pairs
from ..spans.span_scores import CANDIDATES_AT_ONCE, SpanScores
from ..types import Bools1d, Ints1d
from .loss import NOTHING_ANNOTATED, Loss

SHORT_TOKENS = 8  # all spans of up to so many tokens are learned from


class GoldSpans(NamedTuple):
    """Annotation of some Docs, over their flat tokens.

    first, last, label: Of each span; several may have the same tokens: (n_spans,) each.
    is_annotated: Which tokens are of Docs that are annotated: (n_tokens,).
    """

    first: Ints1d
    last: Ints1d
    label: Ints1d
    is_annotated: Bools1d

    def values(self, candidates: Candidates, n_labels: int) -> np.ndarray:
        """1 for labels that hold of candidates, else 0: (n_candidates, n_labels)."""
        values = np.zeros((len(candidates.first), n_labels))
        places = candidates.find(self.first, self.last)
        found = places >= 0
        values[places[found], self.label[found]] = 1.0
        return values

    def bounds(self) -> tuple[Bools1d, Bools1d]:
        """Which tokens are a span's first, and its last: (n_tokens,) each."""
        is_first, is_last = np.zeros_like(self.is_annotated), np.zeros_like(self.is_annotated)
        is_first[self.first] = True
        is_last[self.last] = True
        return is_first, is_last


def learned_from(scores: SpanScores, gold: GoldSpans, threshold: float, max_tokens: int) -> Candidates:
    """The suggester's candidates; or all spans of up to SHORT_TOKENS, and of longer ones those that begin and end where
    gold spans do, or where the head takes them to. Of Docs that are annotated.

    The head sees all short spans since of those alone that begin and end well it would not learn to tell bad ones: on
    texts that it has not seen it finds many.

    threshold, max_tokens: See `SpanScores.looked_at`. Gold spans may be longer.
    """
    if scores.candidates is not None:
        kept = gold.is_annotated[scores.candidates.first]
        return Candidates(scores.candidates.first[kept], scores.candidates.last[kept])
    is_first, is_last = (
        (of_gold | likely) & gold.is_annotated
        for of_gold, likely in zip(gold.bounds(), scores.likely_bounds(threshold))
    )
    longest = max(max_tokens, int((gold.last - gold.first).max(initial=0)) + 1)
    found = pairs(is_first, is_last, scores.tokens_per_doc, longest)
    possible = gold.is_annotated & scores.taggable
    return found.union(pairs(possible, possible, scores.tokens_per_doc, min(SHORT_TOKENS, longest)))


def loss_of_spans(
    scores: SpanScores, gold: GoldSpans, candidates: Candidates, loss_of: Callable[[Tensor, Candidates], Loss]
) -> Loss:
    """The sum over candidates, and, where spans are found by their bounds, over first and last tokens, divided by the
    number of annotated tokens.

    loss_of (Callable): Of logits of some candidates: their mean loss, its gradient, and what it is a mean over.
    """
    n_tokens = int(gold.is_annotated.sum())
    if not n_tokens:
        return NOTHING_ANNOTATED
    value, leaves = 0.0, scores.leaves()
    gradients: list[Tensor | None] = [None] * len(leaves.tensors)

    def add(outputs: Tensor, of_outputs: Tensor) -> None:
        found = torch.autograd.grad(outputs, leaves.tensors, of_outputs, allow_unused=True)
        for i, gradient in enumerate(found):
            before = gradients[i]
            gradients[i] = gradient if before is None else before if gradient is None else before + gradient

    for chunk in candidates.chunks(CANDIDATES_AT_ONCE):
        logits = leaves.logits(chunk, leaves.sums())
        loss = loss_of(logits, chunk)
        if loss.gradients is not None:
            value += loss.value * loss.weight / n_tokens
            add(logits, loss.gradients[0] * (loss.weight / n_tokens))
    if scores.candidates is None:
        of_bounds = _loss_of_bounds(leaves.bounds, gold, scores.taggable) / n_tokens
        value += of_bounds.item()
        add(of_bounds, torch.ones_like(of_bounds))
    filled = (torch.zeros_like(leaf) if found is None else found for leaf, found in zip(leaves.tensors, gradients))
    return Loss(value, tuple(filled), float(n_tokens))


def _loss_of_bounds(logits: Tensor, gold: GoldSpans, taggable: Bools1d) -> Tensor:
    """Binary cross-entropy, summed over annotated tokens that have pieces."""
    rows = np.flatnonzero(gold.is_annotated & taggable)
    truths = np.stack(gold.bounds(), axis=1)[rows].astype(np.float32)
    return functional.binary_cross_entropy_with_logits(
        logits.index_select(0, to_device(rows, logits.device)).float(),
        to_device(truths, logits.device),
        reduction="sum",
    )
