"""Exact match and F1 of answers."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from spacy.tokens import Doc, Span
from spacy.training import Example

from ...errors import Errors
from ...questions.text_scores import NORMALIZATIONS, TextScore, text_score
from ..scores import get_score
from .asking import Questions, read_questions
from .gold import NO_QUESTION, answers_of, questions_to_learn


class ScoredAnswer(NamedTuple):
    """A question to a Doc, its right answers (none if the text has none), and the one that was given, if any."""

    question: str
    gold: list[Span]
    predicted: Span | None
    score: TextScore


class AnswerScorer:
    """The scorer of answers.

    words_of: What is compared of a text, see `text_scores.py`.
    RAISES (ValueError): An unknown normalization.
    """

    def __init__(self, normalization: str) -> None:
        if normalization not in NORMALIZATIONS:
            raise ValueError(Errors.B439.format(found=normalization, allowed=", ".join(NORMALIZATIONS)))
        self.words_of: Callable[[str], list[str]] = NORMALIZATIONS[normalization]

    def __call__(
        self, examples: Iterable[Example], *, spans_key: str, questions: Questions | None = None, **cfg: Any
    ) -> dict[str, Any]:
        """`qa_em` and `qa_f1`, from 0 to 1, over all annotated questions; the same over those that have an answer
        (`qa_em_answered`, `qa_f1_answered`), the share of the others that were told to have none
        (`qa_acc_unanswered`), and how many of both there are (`qa_n_answered`, `qa_n_unanswered`). None where there are
        none.

        questions (Mapping[str, str]): Of gold Docs that have none of their own.
        """
        found = [one for eg in examples for one in self.scored(eg, spans_key, questions)]
        answered = [one.score for one in found if one.gold]
        unanswered = [one.score for one in found if not one.gold]
        everything = [one.score for one in found]
        return {
            "qa_em": _mean([score.exact for score in everything]),
            "qa_f1": _mean([score.f1 for score in everything]),
            "qa_em_answered": _mean([score.exact for score in answered]),
            "qa_f1_answered": _mean([score.f1 for score in answered]),
            "qa_acc_unanswered": _mean([score.exact for score in unanswered]),
            "qa_n_answered": len(answered) if found else None,
            "qa_n_unanswered": len(unanswered) if found else None,
        }

    def scored(self, eg: Example, key: str, questions: Questions | None) -> list[ScoredAnswer]:
        """All annotated questions of an example."""
        default = NO_QUESTION if questions is None else read_questions(questions, "`questions`")
        found = []
        for name, question in questions_to_learn(eg.reference, key, default).items():
            gold, predicted = answers_of(eg.reference, key, name), best_answer(eg.predicted, key, name)
            text = "" if predicted is None else predicted.text
            score = text_score(text, [span.text for span in gold], self.words_of)
            found.append(ScoredAnswer(question, gold, predicted, score))
        return found


def best_answer(doc: Doc, key: str, name: str) -> Span | None:
    """The answer to a question with the best score."""
    return max(answers_of(doc, key, name), key=lambda span: get_score(span) or 0.0, default=None)


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None
