"""What calibration is told of answers."""

import numpy as np
import pytest
import spacy
from spacy.tokens import Doc, Span
from spacy.training import Example

from spacy_bert_ext.pipeline.questions.asking import define_questions
from spacy_bert_ext.pipeline.questions.confidence import confidence_of_answers, decisions_of_answers, judged
from spacy_bert_ext.questions.text_scores import squad_words
from tests.questions.scored import two_pairs

define_questions()
NLP = spacy.blank("en")
ASKED = {"Q0": "Who?", "Q1": "Where?"}


def example(words, *spans) -> Example:
    gold = Doc(NLP.vocab, words=words)
    gold.spans["answers"] = [Span(gold, *span) for span in spans]
    return Example(Doc(NLP.vocab, words=words), gold)


def buffers(*examples):
    return judged([two_pairs()], examples, key="answers", default=ASKED, max_tokens=3)


# Of the first text's spans (0, 0), (0, 2) and (2, 2) score 3, 5 and 7, no answer 1; the second's has 0.75, none 8.


def test_right_answers_share_their_probability():
    found = confidence_of_answers(buffers(example(["a", "\n", "c"], (2, 3, "Q0"), (0, 3, "Q0")), example(["d"])), 3)
    first = np.exp(np.array([3.0, 5.0, 7.0, 1.0]) / 2)
    second = np.exp(np.array([0.75, 8.0]) / 2)
    expected = -(np.log((first[1] + first[2]) / first.sum()) + np.log(second[1] / second.sum())) / 2
    assert found.loss_at(2.0) == pytest.approx(expected)
    np.testing.assert_allclose(found.scores_at(2.0), [first[2] / first.sum(), second[1] / second.sum()])
    assert found.correct.tolist() == [1.0, 1.0]


def test_wrong_ones_and_such_that_cannot_be_found():
    wrong = confidence_of_answers(buffers(example(["a", "\n", "c"]), example(["d"], (0, 1, "Q1"))), 3)
    assert wrong.correct.tolist() == [0.0, 0.0]
    left_out = confidence_of_answers(
        judged(
            [two_pairs()],
            [example(["a", "\n", "c"], (0, 3, "Q0")), example(["d"])],
            key="answers",
            default=ASKED,
            max_tokens=2,
        ),
        2,
    )
    assert left_out.correct.tolist() == [1.0]
    others = confidence_of_answers(
        judged(
            [two_pairs()], [example(["a", "\n", "c"]), example(["d"])], key="answers", default={"X": "?"}, max_tokens=3
        ),
        3,
    )
    assert len(others.correct) == 0


def test_what_the_scorer_gives_with_and_without_the_answer():
    found = decisions_of_answers(buffers(example(["a", "\n", "c"], (0, 3, "Q0")), example(["d"])), 2.0, squad_words)
    np.testing.assert_allclose(found.scores, [1 / (1 + np.exp(-3)), 1 / (1 + np.exp(7.25 / 2))])
    # "c" beside "a c": F1 2/3, by SQuAD's words, of which "a" is none: 1.
    assert found.if_predicted.tolist() == [1.0, 0.0] and found.if_not.tolist() == [0.0, 1.0]
