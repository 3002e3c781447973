"""Answers on Docs."""

import spacy
from spacy.tokens import Doc, Span

from spacy_bert_ext.pipeline.questions.writing import write_answers, write_scores
from spacy_bert_ext.pipeline.scores import define_score
from spacy_bert_ext.questions.answer_scores import no_scores
from spacy_bert_ext.questions.predicted import Answer, PredictedAnswers
from tests.losses.scored import ints

define_score()
NLP = spacy.blank("en")


def predicted(*of_docs: dict[str, list[Answer]]) -> PredictedAnswers:
    per_doc = ints(*map(len, of_docs))
    names = tuple(name for of_doc in of_docs for name in of_doc)
    return PredictedAnswers(
        names, per_doc, [list(of) for of_doc in of_docs for of in of_doc.values()], no_scores(per_doc)
    )


def shown(doc: Doc) -> list[tuple[str, str, float | None]]:
    return [(span.text, span.label_, span._.score) for span in doc.spans["answers"]]


def test_answers_take_the_place_of_earlier_ones_and_leave_those_of_others():
    doc, other = NLP.make_doc("a b c d"), NLP.make_doc("e")
    write_answers([doc, other], predicted({"X": [Answer(2, 3, 0.5)], "Y": [Answer(0, 0, 0.25)]}, {}), "answers")
    assert shown(doc) == [("c d", "X", 0.5), ("a", "Y", 0.25)] and "answers" not in other.spans
    doc.spans["answers"] += [Span(doc, 1, 2, label="OTHER")]
    doc.spans["kept"] = [Span(doc, 0, 1, label="Y")]
    write_answers([doc], predicted({"Z": [Answer(2, 3, 0.75)], "X": []}), "answers")
    assert shown(doc) == [("b", "OTHER", None), ("c d", "Z", 0.75)]
    assert Span(doc, 2, 4, label="X")._.score is None
    assert doc.spans["kept"][0]._.score == 0.25  # another group has the span
    write_answers([doc], predicted({}), "answers")
    assert shown(doc) == [("b", "OTHER", None)]


def test_scores_without_a_group():
    doc = NLP.make_doc("a b")
    (span,) = write_scores(doc, "Who?", [Answer(0, 1, 0.5)])
    assert (span.text, span.label_, span._.score, list(doc.spans)) == ("a b", "Who?", 0.5, [])
