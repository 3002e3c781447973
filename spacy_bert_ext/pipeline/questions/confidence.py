"""What the scores of answers claim, and what the annotation says of them."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from spacy.training import Example

from ...arrays.ragged import rows_of
from ...questions.answer_scores import AnswerScores
from ...questions.decoding import BestSpans, TokenScores, best_spans, log_sums, odds_of_answer
from ...questions.text_scores import text_score
from ..confidence import Confidence
from ..decisions import Decisions
from .asking import Questions
from .gold import answer_tokens, answers_of, questions_to_learn


class Annotated(NamedTuple):
    """A question whose answer is annotated.

    place: Among the pairs of its buffer.
    right: First and last token of each right answer that can be found; none if there is no answer.
    texts: Of all right answers.
    """

    eg: Example
    place: int
    right: list[tuple[int, int]]
    texts: list[str]


class Judged(NamedTuple):
    """A buffer's scores, and which of its pairs are annotated."""

    scores: AnswerScores
    tokens: TokenScores
    best: BestSpans
    annotated: list[Annotated]


def judged(
    raw_scores: Sequence[AnswerScores],
    examples: Sequence[Example],
    *,
    key: str,
    default: Questions,
    max_tokens: int,
) -> list[Judged]:
    """Each buffer beside its annotation. default (Questions): Of Docs that have none of their own."""
    found, n_done = [], 0
    for scores in raw_scores:
        of_buffer = examples[n_done : n_done + len(scores.pairs_per_doc)]
        n_done += len(of_buffer)
        tokens = scores.of_tokens()
        annotated = list(_annotated(scores, of_buffer, key, default))
        found.append(Judged(scores, tokens, best_spans(tokens, max_tokens), annotated))
    return found


def _annotated(scores: AnswerScores, examples: Sequence[Example], key: str, default: Questions) -> Iterator[Annotated]:
    asked = [questions_to_learn(eg.reference, key, default) for eg in examples]
    for i, (at, name) in enumerate(zip(rows_of(scores.pairs_per_doc).tolist(), scores.names)):
        if name in asked[at]:
            spans = answers_of(examples[at].reference, key, name)
            right = [place for span in spans if (place := answer_tokens(examples[at], span, scores, i)) is not None]
            yield Annotated(examples[at], i, right, [span.text for span in spans])


def confidence_of_answers(buffers: Sequence[Judged], max_tokens: int) -> Confidence:
    """Of the likeliest answer to each question, which may be that there is none. Questions whose right answers can't be
    found, since they are too long or don't match the tokens, are left out.
    """
    used = [(buffer, list(_findable(buffer, max_tokens))) for buffer in buffers]

    def log_probabilities_at(temperature: float) -> Iterator[tuple[float, float]]:
        """Of the right answers together, and of the likeliest one."""
        for buffer, items in used:
            tokens = buffer.tokens
            totals = log_sums(tokens, buffer.best, max_tokens, temperature)
            for item in items:
                i = item.place
                right = [tokens.start[first] + tokens.end[last] for first, last in set(item.right)] or [tokens.null[i]]
                likeliest = max(float(buffer.best.score[i]), float(tokens.null[i]))
                yield (
                    float(np.logaddexp.reduce(np.array(right) / temperature) - totals[i]),
                    float(likeliest / temperature - totals[i]),
                )

    def loss_at(temperature: float) -> float:
        return -float(np.mean([of_right for of_right, _ in log_probabilities_at(temperature)]))

    def scores_at(temperature: float) -> np.ndarray:
        return np.exp([likeliest for _, likeliest in log_probabilities_at(temperature)])

    correct = [_is_right(buffer, item) for buffer, items in used for item in items]
    return Confidence(scores_at, loss_at, np.array(correct, dtype=np.float64))


def _findable(buffer: Judged, max_tokens: int) -> Iterator[Annotated]:
    for item in buffer.annotated:
        right = [place for place in item.right if place[1] - place[0] < max_tokens]
        if right or not item.texts:
            yield item._replace(right=right)


def _is_right(buffer: Judged, item: Annotated) -> bool:
    i, best = item.place, buffer.best
    if best.score[i] > buffer.tokens.null[i]:
        return (int(best.first[i]), int(best.last[i])) in item.right
    return not item.right


def decisions_of_answers(
    buffers: Sequence[Judged], temperature: float, words_of: Callable[[str], list[str]]
) -> Decisions:
    """Whether the best answer to each question is given, and the F1 of its text or of none.

    words_of (Callable): See `text_score`.
    """
    scores, if_given, if_not = [], [], []
    for buffer in buffers:
        odds = odds_of_answer(buffer.best, buffer.tokens, temperature)
        for item in buffer.annotated:
            i = item.place
            begin = int(buffer.scores.token_starts[i])
            first, last = int(buffer.best.first[i]) - begin, int(buffer.best.last[i]) - begin
            text = item.eg.predicted[first : last + 1].text if buffer.best.first[i] >= 0 else ""
            scores.append(float(odds[i]))
            if_given.append(text_score(text, item.texts, words_of).f1)
            if_not.append(text_score("", item.texts, words_of).f1)
    return Decisions(np.array(scores), np.array(if_given), np.array(if_not))
