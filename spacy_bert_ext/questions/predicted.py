"""Scores of answers → the answers that are given, with their probabilities."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ..types import Ints1d
from .answer_scores import AnswerScores
from .decoding import log_sums, n_best_spans, odds_of_answer


class Answer(NamedTuple):
    """first, last: Tokens of the Doc. score: Probability among all answers and no answer, from 0 to 1."""

    first: int
    last: int
    score: float


class PredictedAnswers(NamedTuple):
    """Answers to the questions of some Docs.

    names: Of the questions: (n_pairs,).
    pairs_per_doc: (n_docs,).
    answers: Of each question, the best one first; none where the text has no answer: (n_pairs,).
    scores: From which they were found.
    """

    names: tuple[str, ...]
    pairs_per_doc: Ints1d
    answers: list[list[Answer]]
    scores: AnswerScores

    def of_docs(self) -> Iterator[list[tuple[str, list[Answer]]]]:
        """Of each Doc: its questions' names, and answers."""
        pairs = zip(self.names, self.answers)
        for n_pairs in self.pairs_per_doc.tolist():
            yield [pair for _, pair in zip(range(n_pairs), pairs)]


def predicted_answers(
    scores: AnswerScores, *, max_tokens: int, threshold: float, temperature: float, n_best: int = 1
) -> PredictedAnswers:
    """The answers to each question, where the best one is probable enough.

    threshold (float): From 0 to 1: the least probability of the best answer against no answer. With 0 there is an
        answer wherever a text has tokens for one.
    n_best (int): How many answers at most; none shares tokens with a better one.
    """
    tokens = scores.of_tokens()
    found = n_best_spans(tokens, max_tokens, n_best)
    odds = odds_of_answer(found[0], tokens, temperature)
    log_total = log_sums(tokens, found[0], max_tokens, temperature)
    answers: list[list[Answer]] = [[] for _ in scores.names]
    for best in found:
        probabilities = np.exp(best.score / temperature - log_total)
        for i in np.flatnonzero((best.first >= 0) & (odds >= threshold)).tolist():
            begin = int(scores.token_starts[i])
            place = int(best.first[i]) - begin, int(best.last[i]) - begin
            answers[i].append(Answer(*place, score=float(probabilities[i])))
    return PredictedAnswers(scores.names, scores.pairs_per_doc, answers, scores)
