"""ROUGE by hand, and beside the library rouge-score."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_bert_ext.conversion.rouge import greedy_summary, rouge_f, words_of

TEXTS = st.text(alphabet="aB 1_-.'\n", max_size=40)


def test_f_by_hand() -> None:
    words, reference = words_of("The cat, the hat!"), words_of("the CAT sat")
    assert rouge_f(words, reference, 1) == 2 * 2 / (4 + 3)  # "the" counts once, "cat" once
    assert rouge_f(words, reference, 2) == 2 * 1 / (3 + 2)
    assert rouge_f([], reference, 1) == rouge_f(words, [], 2) == rouge_f(["a"], ["a"], 2) == 0.0


@given(TEXTS, TEXTS)
def test_equal_to_the_library(text: str, reference: str) -> None:
    rouge_scorer = pytest.importorskip("rouge_score.rouge_scorer")
    scores = rouge_scorer.RougeScorer(["rouge1", "rouge2"], use_stemmer=False).score(reference, text)
    for n in (1, 2):
        expected = scores[f"rouge{n}"].fmeasure
        assert rouge_f(words_of(text), words_of(reference), n) == pytest.approx(expected, abs=1e-12)


def test_other_alphabets_have_words() -> None:
    assert words_of("Über Ärger_x 北京が 3") == ["über", "ärger", "x", "北", "京", "が", "3"]


def test_sentences_are_added_until_none_helps() -> None:
    sentences = [words_of(text) for text in ("", "The sun rose.", "Ada moved to Rome.", "It rained.", "She liked it.")]
    assert greedy_summary(sentences, words_of("She liked it, Ada: moved to Rome")) == [2, 4]
    assert greedy_summary(sentences, words_of("nothing of that sort")) == []
    assert greedy_summary([], ["a"]) == []


@given(st.lists(TEXTS.map(words_of), max_size=6), TEXTS.map(words_of))
def test_no_sentence_more_would_help(sentences: list[list[str]], abstract: list[str]) -> None:
    def score(numbers: list[int]) -> float:
        words = [word for i in sorted(numbers) for word in sentences[i]]
        return rouge_f(words, abstract, 1) + rouge_f(words, abstract, 2)

    chosen = greedy_summary(sentences, abstract)
    assert all(score([*chosen, i]) <= score(chosen) for i in set(range(len(sentences))) - set(chosen))
