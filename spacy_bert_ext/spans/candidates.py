"""Which spans are looked at: those that a suggester names, or pairs of likely first and last tokens.

Tokens are counted over all Docs. Spans never cross the end of a Doc.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ..arrays.ragged import expand_ranges, starts_of
from ..errors import Errors
from ..types import Bools1d, Ints1d


class Candidates(NamedTuple):
    """Spans, each once, in the order of their first and then of their last tokens: (n_candidates,) each."""

    first: Ints1d
    last: Ints1d

    def chunks(self, size: int) -> Iterator["Candidates"]:
        """At most `size` at once; none if there are none."""
        for start in range(0, len(self.first), size):
            yield Candidates(self.first[start : start + size], self.last[start : start + size])

    def union(self, other: "Candidates") -> "Candidates":
        first, last = np.concatenate([self.first, other.first]), np.concatenate([self.last, other.last])
        return in_order(first, last)

    def find(self, first: Ints1d, last: Ints1d) -> Ints1d:
        """Where these spans stand among the candidates, -1 for those that don't: (n_spans,)."""
        if not len(self.first):
            return np.full(len(first), -1)
        base = int(max(self.last.max(), last.max(initial=0))) + 1
        keys, wanted = self.first * base + self.last, first * base + last
        places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        return np.where(keys[places] == wanted, places, -1)


def in_order(first: Ints1d, last: Ints1d) -> Candidates:
    """Spans that may come in any order, and several times."""
    if not len(first):
        return Candidates(first, last)
    base = int(last.max()) + 1
    found = np.unique(first * base + last)
    return Candidates(found // base, found % base)


def pairs(is_first: Bools1d, is_last: Bools1d, tokens_per_doc: Ints1d, max_tokens: int) -> Candidates:
    """All spans of at most `max_tokens` tokens from a possible first token to a possible last one.

    is_first, is_last: (n_tokens,).
    """
    firsts, lasts, low, n_lasts = _reached(is_first, is_last, tokens_per_doc, max_tokens)
    return Candidates(np.repeat(firsts, n_lasts), lasts[expand_ranges(low, n_lasts)])


def blocks_of_pairs(
    is_first: Bools1d, is_last: Bools1d, tokens_per_doc: Ints1d, *, max_tokens: int, size: int
) -> Iterator[Candidates]:
    """`pairs` in blocks of at most `size` candidates, so that few are in memory, however many there are."""
    firsts, lasts, low, n_lasts = _reached(is_first, is_last, tokens_per_doc, max_tokens)
    ends = np.cumsum(n_lasts)
    for begin in range(0, int(n_lasts.sum()), size):
        numbers = np.arange(begin, min(begin + size, ends[-1]))
        rows = np.searchsorted(ends, numbers, side="right")
        yield Candidates(firsts[rows], lasts[low[rows] + numbers - (ends - n_lasts)[rows]])


def _reached(
    is_first: Bools1d, is_last: Bools1d, tokens_per_doc: Ints1d, max_tokens: int
) -> tuple[Ints1d, Ints1d, Ints1d, Ints1d]:
    """Possible first tokens and last ones; of each first one, from which last one on how many it makes a span with."""
    firsts, lasts = np.flatnonzero(is_first), np.flatnonzero(is_last)
    doc_ends = np.repeat(starts_of(tokens_per_doc) + tokens_per_doc, tokens_per_doc)
    # A setting may be higher than what can be added to an integer of 64 bits.
    stops = np.minimum(doc_ends[firsts], firsts + min(max_tokens, len(is_first)))
    low, high = np.searchsorted(lasts, firsts), np.searchsorted(lasts, stops)
    return firsts, lasts, low, np.maximum(high - low, 0)


def suggested(spans: np.ndarray, per_doc: Sequence[int], tokens_per_doc: Ints1d, name: str) -> Candidates:
    """What a suggester of spaCy names.

    spans (ndarray): First token in its Doc, and the token after the last: (n_spans, 2).
    per_doc (Sequence[int]): How many of them are of each Doc.
    name (str): Of the component, for the error.
    RAISES (ValueError): No such arrays, or spans that are not within their Doc.
    """
    counts = np.asarray(per_doc, dtype=np.int64)
    found = ""
    if len(counts) != len(tokens_per_doc) or (counts.sum() and (spans.ndim != 2 or spans.shape[1] != 2)):
        found = f"an array of shape {spans.shape} for {len(counts)} Docs"
    elif counts.sum() != len(spans):
        found = f"{len(spans)} spans, but lengths that add up to {counts.sum()}"
    elif len(spans) and spans.dtype.kind not in "iu":
        found = f"numbers of type {spans.dtype}"
    if found:
        raise ValueError(Errors.B380.format(name=name, found=found, n_docs=len(tokens_per_doc)))
    if not len(spans):
        return Candidates(np.zeros(0, np.int64), np.zeros(0, np.int64))
    start, end = np.asarray(spans, dtype=np.int64).T
    docs = np.repeat(np.arange(len(counts)), counts)
    wrong = np.flatnonzero((start < 0) | (end <= start) | (end > tokens_per_doc[docs]))
    if len(wrong):
        at = wrong[0]
        raise ValueError(
            Errors.B381.format(
                name=name, start=start[at], end=end[at], n_tokens=tokens_per_doc[docs[at]], n_wrong=len(wrong)
            )
        )
    offsets = starts_of(tokens_per_doc)[docs]
    return in_order(start + offsets, end + offsets - 1)
