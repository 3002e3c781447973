"""Lengths and redundancy, by hand."""

import numpy as np
import pytest

from spacy_bert_ext.ranking.choosing import Length, check_redundancy, choose
from tests.coded import raises_code

SCORES = np.array([0.5, 0.9, 0.5, 0.1, 0.7])
TOKENS = np.array([4, 10, 3, 2, 6])
SIMILAR = np.eye(5)
SIMILAR[1, 4] = SIMILAR[4, 1] = 0.8
SIMILAR[0, 2] = SIMILAR[2, 0] = 0.3


def chosen(length: Length, max_redundancy: float | None = None) -> list[int]:
    found = choose(SCORES, TOKENS, length, similar=lambda i: SIMILAR[i], max_redundancy=max_redundancy)
    return found.tolist()


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (Length(n_sents=1), [1]),
        (Length(n_sents=3), [0, 1, 4]),  # of equal ones the earlier
        (Length(n_sents=9), [0, 1, 2, 3, 4]),
        (Length(ratio=0.5), [0, 1, 4]),  # 2.5 are 3
        (Length(ratio=0.01), [1]),
        (Length(ratio=1), [0, 1, 2, 3, 4]),
        (Length(), [1, 4]),  # 0.3 of 5
        (Length(max_tokens=16), [1, 4]),
        (Length(max_tokens=15), [0, 1]),  # 6 don't fit beside 10, nor 3 beside 14
        (Length(max_tokens=9), [2, 4]),  # 10 don't fit
        (Length(max_tokens=1), []),
    ],
)
def test_length(length: Length, expected: list[int]) -> None:
    assert chosen(length) == expected


def test_what_is_too_similar_is_passed_over() -> None:
    assert chosen(Length(n_sents=3), 0.5) == [0, 1, 2]
    assert chosen(Length(n_sents=3), 0.8) == [0, 1, 4]
    assert chosen(Length(n_sents=5), 0.2) == [0, 1, 3]


def test_nothing_is_chosen_of_nothing() -> None:
    nothing = np.zeros(0)
    assert choose(nothing, nothing.astype(int), Length(), similar=lambda i: nothing, max_redundancy=0.5).tolist() == []


def test_a_summary_has_one_length() -> None:
    with raises_code("B460", match="n_sents = 2 and ratio = 0.3 are given"):
        Length(n_sents=2, ratio=0.3)


@pytest.mark.parametrize("setting", [{"n_sents": 0}, {"ratio": 0}, {"ratio": 1.5}, {"max_tokens": 0}])
def test_illegal_lengths_are_refused(setting: dict) -> None:
    with raises_code("B012", match=next(iter(setting))):
        Length(**setting)


def test_illegal_redundancy_is_refused() -> None:
    with raises_code("B012", match="max_redundancy"):
        check_redundancy(1.5)
    check_redundancy(None)
