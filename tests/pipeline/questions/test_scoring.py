"""Scores over examples."""

import pytest
import spacy
from spacy.tokens import Span
from spacy.training import Example

from spacy_bert_ext.pipeline.questions.asking import define_questions
from spacy_bert_ext.pipeline.questions.scoring import AnswerScorer, best_answer
from spacy_bert_ext.pipeline.questions.writing import write_scores
from spacy_bert_ext.pipeline.scores import define_score
from spacy_bert_ext.questions.predicted import Answer
from tests.coded import raises_code

define_questions()
define_score()
NLP = spacy.blank("en")
ASKED = {"WHO": "Who?", "WHERE": "Where?"}


def example(gold, predicted) -> Example:
    eg = Example(NLP.make_doc("The Queen of England in London"), NLP.make_doc("The Queen of England in London"))
    if gold is not None:
        eg.reference.spans["answers"] = [Span(eg.reference, *span) for span in gold]
    eg.predicted.spans["answers"] = [Span(eg.predicted, *span) for span in predicted]
    return eg


def score(*examples, **settings):
    return AnswerScorer("squad")(examples, **{"spans_key": "answers", "questions": ASKED, **settings})


def test_scores():
    scores = score(
        example([(0, 2, "WHO"), (0, 4, "WHO")], [(1, 4, "WHO")]),  # exact; WHERE has no answer, and none was given
        example([(5, 6, "WHERE")], [(4, 6, "WHERE"), (1, 2, "WHO")]),  # F1 2/3; an answer where there is none
        example(None, [(0, 1, "WHO")]),
    )
    assert scores == pytest.approx(
        {
            "qa_em": 2 / 4,
            "qa_f1": (1 + 1 + 2 / 3 + 0) / 4,
            "qa_em_answered": 1 / 2,
            "qa_f1_answered": (1 + 2 / 3) / 2,
            "qa_acc_unanswered": 1 / 2,
            "qa_n_answered": 2,
            "qa_n_unanswered": 2,
        }
    )


def test_nothing_is_annotated():
    assert set(score(example(None, [])).values()) == {None}
    assert score(example([], []), questions=None)["qa_n_answered"] is None


def test_the_best_of_several_answers_counts():
    doc = NLP.make_doc("a b c")
    doc.spans["answers"] = [
        *write_scores(doc, "X", [Answer(0, 0, 0.25), Answer(1, 1, 0.5)]),
        Span(doc, 2, 3, label="X"),
    ]
    assert best_answer(doc, "answers", "X").text == "b" and best_answer(doc, "answers", "Y") is None


def test_normalizations():
    assert AnswerScorer("mixed").words_of("中国") == ["中", "国"]
    with raises_code("B439", match="'snowball'.*squad, mixed"):
        AnswerScorer("snowball")
