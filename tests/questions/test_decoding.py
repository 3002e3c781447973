"""Best spans and their probabilities, beside what brute force finds."""

import numpy as np
import pytest

from spacy_bert_ext.questions.decoding import TokenScores, best_spans, log_sums, n_best_spans, odds_of_answer
from tests.losses.scored import ints

TEMPERATURE = 1.7


def random_scores(seed: int, *per_pair: int) -> TokenScores:
    random = np.random.default_rng(seed)
    n_tokens = sum(per_pair)
    start, end = random.normal(size=(2, n_tokens)) * 3
    start[random.random(n_tokens) < 0.2] = -np.inf
    end[random.random(n_tokens) < 0.2] = -np.inf
    return TokenScores(start, end, null=random.normal(size=len(per_pair)), per_pair=ints(*per_pair))


def spans_of(scores: TokenScores, pair: int, max_tokens: int) -> list[tuple[float, int, int]]:
    """Scores, first and last tokens of all allowed spans, in the order of their tokens."""
    begin = int(scores.per_pair[:pair].sum())
    tokens = range(begin, begin + int(scores.per_pair[pair]))
    return [
        (scores.start[first] + scores.end[last], first, last)
        for first in tokens
        for last in tokens
        if first <= last < first + max_tokens and np.isfinite(scores.start[first] + scores.end[last])
    ]


@pytest.mark.parametrize("max_tokens", [1, 3, 30])
@pytest.mark.parametrize("seed", range(5))
def test_the_best_of_all_spans(seed, max_tokens):
    scores = random_scores(seed, 7, 0, 1, 12, 5)
    best = best_spans(scores, max_tokens)
    for pair in range(5):
        spans = spans_of(scores, pair, max_tokens)
        score, first, last = max(spans, default=(-np.inf, -1, -1))
        assert (best.score[pair], best.first[pair], best.last[pair]) == (score, first, last)


@pytest.mark.parametrize("max_tokens", [1, 4, 30])
@pytest.mark.parametrize("seed", range(3))
def test_further_answers_share_no_token_with_better_ones(seed, max_tokens):
    scores = random_scores(seed, 9, 0, 2, 12)
    found = n_best_spans(scores, max_tokens, 4)
    for pair in range(4):
        spans = spans_of(scores, pair, max_tokens)
        for best in found:
            score, first, last = max(spans, default=(-np.inf, -1, -1))
            assert (best.score[pair], best.first[pair], best.last[pair]) == (score, first, last)
            spans = [span for span in spans if span[2] < first or span[1] > last]


@pytest.mark.parametrize("max_tokens", [1, 3, 30])
def test_probabilities_are_shares_of_all_spans_and_no_answer(max_tokens):
    scores = random_scores(3, 7, 0, 1, 12, 5)
    found = log_sums(scores, best_spans(scores, max_tokens), max_tokens, TEMPERATURE)
    for pair in range(5):
        all_scores = [span[0] for span in spans_of(scores, pair, max_tokens)] + [scores.null[pair]]
        expected = np.log(np.exp(np.array(all_scores) / TEMPERATURE).sum())
        np.testing.assert_allclose(found[pair], expected, rtol=1e-12)


def test_large_scores_have_probabilities():
    scores = TokenScores(np.array([1e4, -1e4]), np.array([1e4, 0.0]), null=np.array([-1e4]), per_pair=ints(2))
    assert log_sums(scores, best_spans(scores, 2), 2, 0.05) == pytest.approx(2e4 / 0.05)
    assert odds_of_answer(best_spans(scores, 2), scores, 0.05) == [1.0]


def test_of_equally_good_spans_the_first_and_shortest():
    scores = TokenScores(np.zeros(4), np.zeros(4), null=np.zeros(2), per_pair=ints(1, 3))
    best = best_spans(scores, 3)
    assert (best.first.tolist(), best.last.tolist()) == ([0, 1], [0, 1])


def test_the_odds_of_an_answer_against_none():
    scores = TokenScores(
        np.array([1.0]), np.array([2.0]), null=np.array([3.0 - np.log(3) * 2, 0.0]), per_pair=ints(1, 0)
    )
    odds = odds_of_answer(best_spans(scores, 1), scores, 2.0)
    np.testing.assert_allclose(odds, [0.75, 0.0])


def test_nothing_is_asked():
    scores = TokenScores(np.zeros(0), np.zeros(0), null=np.zeros(0), per_pair=ints())
    assert len(best_spans(scores, 3).first) == len(log_sums(scores, best_spans(scores, 3), 3, 1.0)) == 0
