"""Scores of tokens as the first and the last one of an answer → the best answers, and how probable they are.

An answer has at most `max_tokens` tokens: all of them lie in a band beside the diagonal of the table of first and last
tokens. The band is gone through row by row, for all pairs at once. Nothing is left out, as it is where only the best
20 first and last tokens are combined.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ..arrays.ragged import rows_of, starts_of
from ..types import Bools1d, Ints1d


class TokenScores(NamedTuple):
    """Scores of the tokens of all pairs' texts.

    start, end: Of each token as the first and the last one of the answer; -inf where it can be neither: (n_tokens,).
    null: Of no answer: (n_pairs,).
    per_pair: How many tokens each pair has: (n_pairs,).
    """

    start: np.ndarray
    end: np.ndarray
    null: np.ndarray
    per_pair: Ints1d


class BestSpans(NamedTuple):
    """The best span of each pair, by the tokens of all pairs: (n_pairs,) each.

    first, last: -1 where there is none.
    score: -inf where there is none.
    """

    first: Ints1d
    last: Ints1d
    score: np.ndarray


def best_spans(scores: TokenScores, max_tokens: int, *, taken: Bools1d | None = None) -> BestSpans:
    """The span with the best sum of scores in each pair. Of equally good ones it is the first, and of these the
    shortest.

    taken (Bools1d): Tokens that no span may have: (n_tokens,). None for none.
    """
    score, last = np.full(len(scores.start), -np.inf), np.full(len(scores.start), -1)
    for n_tokens, sums in _band(scores, max_tokens, taken):
        better = sums > score[: len(sums)]
        score[: len(sums)][better] = sums[better]
        last[: len(sums)][better] = np.flatnonzero(better) + n_tokens - 1
    best = _highest(score, scores.per_pair)
    first = np.full(len(best), -1)
    found = np.isfinite(best)
    rows = rows_of(scores.per_pair)
    places = np.flatnonzero((score == best[rows]) & found[rows])
    first[rows[places[::-1]]] = places[::-1]  # the first one is written last
    return BestSpans(first, np.where(found, last[first], -1) if len(last) else first, best)


def n_best_spans(scores: TokenScores, max_tokens: int, n_best: int) -> list[BestSpans]:
    """The best span of each pair, the best of those that share no token with it, and so on: (n_best,)."""
    taken = np.zeros(len(scores.start), dtype=bool)
    found: list[BestSpans] = []
    for _ in range(n_best):
        best = best_spans(scores, max_tokens, taken=taken)
        found.append(best)
        for first, last in zip(best.first.tolist(), best.last.tolist()):
            if first >= 0:
                taken[first : last + 1] = True
    return found


def log_sums(scores: TokenScores, best: BestSpans, max_tokens: int, temperature: float) -> np.ndarray:
    """The logarithm of the sum, over all spans and no answer, of what probabilities are shares of: (n_pairs,).

    best (BestSpans): Of these scores.
    temperature (float): By which scores are divided.
    """
    highest = np.maximum(best.score, scores.null)
    of_tokens = highest[rows_of(scores.per_pair)]
    sums = np.zeros(len(scores.start))
    for _, found in _band(scores, max_tokens, None):
        sums[: len(found)] += np.exp((found - of_tokens[: len(found)]) / temperature)
    of_pairs = np.bincount(rows_of(scores.per_pair), weights=sums, minlength=len(scores.null))
    with np.errstate(invalid="ignore"):  # logits that are no numbers are told of elsewhere
        total: np.ndarray = np.log(of_pairs + np.exp((scores.null - highest) / temperature)) + highest / temperature
    return total


def odds_of_answer(best: BestSpans, scores: TokenScores, temperature: float) -> np.ndarray:
    """The probability of the best span against no answer, others left out; 0 where there is no span: (n_pairs,)."""
    with np.errstate(over="ignore"):
        odds: np.ndarray = 1 / (1 + np.exp(-(best.score - scores.null) / temperature))
    return odds


def _band(scores: TokenScores, max_tokens: int, taken: Bools1d | None) -> Iterator[tuple[int, np.ndarray]]:
    """Numbers of tokens and the scores of all spans of so many, by their first token; -inf where there is none."""
    total = len(scores.start)
    rows = rows_of(scores.per_pair)
    start = scores.start if taken is None else np.where(taken, -np.inf, scores.start)
    for n_tokens in range(1, min(max_tokens, int(scores.per_pair.max(initial=0))) + 1):
        n_spans = total - n_tokens + 1
        ends = slice(n_tokens - 1, total)
        inside = rows[:n_spans] == rows[ends]
        if taken is not None:
            inside &= ~taken[ends]
        start = np.where(inside, start[:n_spans], -np.inf)  # what a longer one has, too, it may not have
        yield n_tokens, start + scores.end[ends]


def _highest(values: np.ndarray, per_pair: Ints1d) -> np.ndarray:
    """The highest value of each pair, -inf of one without tokens: (n_pairs,)."""
    highest = np.full(len(per_pair), -np.inf)
    some = per_pair > 0
    if some.any():
        highest[some] = np.maximum.reduceat(values, starts_of(per_pair)[some])
    return highest
