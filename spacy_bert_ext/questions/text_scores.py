"""Exact match and F1 of answers as texts, as the evaluation of SQuAD has them.

Rajpurkar et al. (2016), "SQuAD: 100,000+ Questions for Machine Comprehension of Text", and (2018) for texts without an
answer, which is the empty one.
"""

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_WITHOUT_PUNCTUATION = str.maketrans("", "", string.punctuation)
# Of Han, kana and hangul: each is a word by itself.
_WORDS_BY_THEMSELVES = re.compile("([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff])")


def squad_words(text: str) -> list[str]:
    """Lower case, without punctuation of ASCII and the articles a, an and the, split at white space."""
    return _ARTICLES.sub(" ", text.lower().translate(_WITHOUT_PUNCTUATION)).split()


def mixed_words(text: str) -> list[str]:
    """Lower case, without any punctuation, split at white space and around each Chinese, Japanese or Korean character.

    As MLQA's evaluation splits Chinese: Lewis et al. (2020), "MLQA: Evaluating Cross-lingual Extractive Question
    Answering".
    """
    kept = (character for character in text.lower() if unicodedata.category(character)[0] != "P")
    return _WORDS_BY_THEMSELVES.sub(r" \1 ", "".join(kept).translate(_WITHOUT_PUNCTUATION)).split()


NORMALIZATIONS: dict[str, Callable[[str], list[str]]] = {"squad": squad_words, "mixed": mixed_words}


class TextScore(NamedTuple):
    """exact: 1.0 if the words are equal, else 0.0. f1: Of words that both have, from 0 to 1."""

    exact: float
    f1: float


def text_score(predicted: str, gold: Sequence[str], words_of: Callable[[str], list[str]] = squad_words) -> TextScore:
    """The best scores beside any of the right answers.

    gold (Sequence[str]): Right answers; none, or none with words, if "" is right.
    words_of (Callable): One of NORMALIZATIONS.
    """
    found = words_of(predicted)
    scores = [_score(found, right) for right in filter(None, map(words_of, gold))]
    return TextScore(*map(max, zip(*(scores or [_score(found, [])]))))


def _score(found: list[str], right: list[str]) -> TextScore:
    exact = float(found == right)
    if not found or not right:
        return TextScore(exact, exact)
    n_equal = (Counter(found) & Counter(right)).total()
    if not n_equal:
        return TextScore(exact, 0.0)
    precision, recall = n_equal / len(found), n_equal / len(right)
    return TextScore(exact, 2 * precision * recall / (precision + recall))
