"""Answers → `doc.spans`, `span._.score`."""

from collections.abc import Collection, Sequence
from typing import Any

from spacy.tokens import Doc, Span, SpanGroup

from ...questions.predicted import Answer, PredictedAnswers
from ..scores import SCORE_IN_GROUP, add_scores, drop_group_scores

ASKED = "questions"  # in a group's `attrs`: the names of the questions whose answers it holds


def write_answers(docs: Sequence[Doc], predicted: PredictedAnswers, key: str) -> None:
    """Put the answers into the group of each Doc, in the order of the questions, behind the spans of other components.
    Answers of the last run go, whatever was asked then. Docs that are asked nothing, and were not, get no group.
    """
    for doc, of_doc in zip(docs, predicted.of_docs()):
        before: Any = doc.spans.get(key)
        asked = [name for name, _ in of_doc]
        if before is None and not asked:
            continue
        spans, attrs = [], {}
        if before is not None:
            attrs = dict(before.attrs)
            replaced = {*asked, *attrs.get(ASKED, ())}
            drop_group_scores(doc, key, replaced)
            spans = [span for span in before if span.label_ not in replaced]
        for name, answers in of_doc:
            spans += write_scores(doc, name, answers)
        doc.spans[key] = SpanGroup(doc, name=key, spans=spans, attrs={**attrs, ASKED: asked})


def write_scores(doc: Doc, name: str, answers: Collection[Answer]) -> list[Span]:
    """The answers to a question as spans that have scores."""
    add_scores(doc, [(answer.first, answer.last, name, answer.score) for answer in answers], SCORE_IN_GROUP)
    return [Span(doc, answer.first, answer.last + 1, label=name) for answer in answers]
