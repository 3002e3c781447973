"""Answers to questions that are wrong, as the report shows them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from spacy.language import Language
from spacy.training import Example

from ..pipeline.questions.scoring import AnswerScorer, ScoredAnswer
from ..pipeline.scores import get_score


class WrongAnswer(NamedTuple):
    """doc: Its number in the corpus, from 1.

    gold: Texts of all right answers; none if the text has none.
    predicted: Text of the answer that was given, if any.
    probability: Of that answer, if it has one.
    f1: From 0 to below 1, or 1 for the same words in another order.
    """

    doc: int
    question: str
    gold: list[str]
    predicted: str | None
    probability: float | None
    f1: float


def wrong_answers(nlp: Language, name: str, examples: Sequence[Example], n_mistakes: int) -> list[WrongAnswer]:
    """Those first that have least in common with a right answer, and of these the surest. None of a component whose
    scorer compares no answers.
    """
    pipe: Any = nlp.get_pipe(name)
    scorer = getattr(pipe, "scorer", None)
    if not isinstance(scorer, AnswerScorer):
        return []
    scored = [
        (number, one)
        for number, eg in enumerate(examples, start=1)
        for one in scorer.scored(eg, pipe.key, pipe.questions)
    ]
    wrong = [_shown(number, one) for number, one in scored if one.score.exact < 1]
    return sorted(wrong, key=lambda one: (one.f1, -(one.probability or 0.0), one.doc))[:n_mistakes]


def _shown(number: int, one: ScoredAnswer) -> WrongAnswer:
    return WrongAnswer(
        doc=number,
        question=one.question,
        gold=[span.text for span in one.gold],
        predicted=None if one.predicted is None else one.predicted.text,
        probability=None if one.predicted is None else get_score(one.predicted),
        f1=one.score.f1,
    )
