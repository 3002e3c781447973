"""Which answers are given, and how probable they are."""

import numpy as np
import pytest

from spacy_bert_ext.questions.answer_scores import no_scores
from spacy_bert_ext.questions.predicted import Answer, predicted_answers
from tests.losses.scored import ints
from tests.questions.scored import two_pairs


def predicted(**settings):
    return predicted_answers(two_pairs(), **{"max_tokens": 3, "threshold": 0.5, "temperature": 1.0, **settings})


def test_the_best_answer_where_it_is_likelier_than_none():
    # Spans of the first text have 3, 5 and 7, no answer 1; the other text has one of 0.75, and no answer with 8.
    found = predicted()
    of_first = np.exp(7) / np.exp([1, 3, 5, 7]).sum()
    assert found.answers == [[Answer(2, 2, pytest.approx(of_first))], []]
    assert list(found.of_docs()) == [[("Q0", found.answers[0])], [("Q1", [])]]


def test_with_a_threshold_of_0_there_is_an_answer_to_everything():
    found = predicted(threshold=0.0, temperature=2.0)
    assert found.answers[1] == [Answer(0, 0, pytest.approx(1 / (1 + np.exp((8 - 0.75) / 2))))]


def test_the_threshold_is_that_of_the_best_answer_against_none():
    at = 1 / (1 + np.exp(-3.0))  # (7 - 1) / temperature
    assert predicted(threshold=at - 1e-6, temperature=2.0).answers[0]
    assert not predicted(threshold=at + 1e-6, temperature=2.0).answers[0]


def test_further_answers_share_no_token():
    assert [(answer.first, answer.last) for answer in predicted(n_best=3).answers[0]] == [(2, 2), (0, 0)]
    assert [(answer.first, answer.last) for answer in predicted(n_best=1).answers[0]] == [(2, 2)]


def test_nothing_is_asked():
    found = predicted_answers(no_scores(ints(0, 0)), max_tokens=3, threshold=0.0, temperature=1.0)
    assert list(found.of_docs()) == [[], []]
