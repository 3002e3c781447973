"""Wrong answers in the report and on its page."""

import pytest
from spacy.tokens import Span

from spacy_bert_ext.evaluation.page.html import render_page
from spacy_bert_ext.evaluation.report import evaluate
from spacy_bert_ext.evaluation.wrong_answers import WrongAnswer, wrong_answers
from spacy_bert_ext.pipeline.questions.writing import write_scores
from spacy_bert_ext.questions.predicted import Answer
from tests.annotated import QUESTIONS, make_examples
from tests.pipeline.pipelines import make_initialized


@pytest.fixture(scope="module")
def nlp(bert_folder):
    return make_initialized(bert_folder, ("bert_qa", "bert_textcat"))


def test_the_farthest_off_come_first(nlp):
    examples = make_examples(nlp)
    first, second, third = (eg.predicted for eg in examples)
    first.spans["answers"] = [*write_scores(first, "WHO", [Answer(1, 1, 0.5)]), Span(first, 6, 7, label="WHERE")]
    second.spans["answers"] = write_scores(second, "WHO", [Answer(0, 1, 0.75)])
    third.spans["answers"] = write_scores(third, "WHERE", [Answer(0, 0, 0.25)])
    assert wrong_answers(nlp, "bert_qa", examples, 9) == [
        WrongAnswer(3, QUESTIONS["WHERE"], [], "order", 0.25, 0.0),
        WrongAnswer(1, QUESTIONS["WHO"], ["Angela Merkel"], "Merkel", 0.5, pytest.approx(2 / 3)),
    ]
    assert len(wrong_answers(nlp, "bert_qa", examples, 1)) == 1
    assert wrong_answers(nlp, "bert_textcat", examples, 9) == []


def test_the_page_shows_them(nlp):
    qa = nlp.get_pipe("bert_qa")
    qa.cfg["threshold"] = 1.0  # there is no answer to anything
    report = evaluate(nlp, make_examples(nlp))
    assert [one.predicted for one in report.wrong_answers["bert_qa"]] == [None, None, None]
    page = render_page(report)
    assert "Wrong answers, farthest off first" in page
    assert "Who came ?" in page and "Manchester United" in page and "no answer" in page
