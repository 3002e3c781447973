"""The log odds of an answer."""

import numpy as np
import pytest
import spacy
import torch
from spacy.tokens import Span

from spacy_bert_ext.pipeline.questions.asking import define_questions
from spacy_bert_ext.pipeline.questions.explaining import explained_answer, question_to_explain
from spacy_bert_ext.pipeline.questions.writing import write_scores
from spacy_bert_ext.questions.predicted import Answer
from tests.coded import raises_code
from tests.questions.scored import answer_scores

define_questions()
NLP = spacy.blank("en")
SHAPE = {
    "windows_per_pair": [2, 2],
    "tokens_per_pair": [3, 3],
    "pieces_per_window": [2, 1, 2, 1],
    "pieces_per_token": [2, 0, 1] * 2,
    "names": ("Q", "Q"),
}


def test_beside_all_other_answers():
    torch.manual_seed(0)
    pieces, windows = torch.randn(6, 2, requires_grad=True), torch.randn(4, 2)
    scores = answer_scores(pieces, windows, **SHAPE)
    doc = NLP.make_doc("a \n b")
    found = explained_answer(doc[2:3], scores, max_tokens=3, temperature=2.0)
    values = found.score(scores)
    for copy in range(2):
        of = pieces.detach()[3 * copy : 3 * copy + 3].numpy()
        null = windows[2 * copy : 2 * copy + 2].sum(1).min().item()
        others = [of[0, 0] + of[1, 1], of[0, 0] + of[2, 1], null]
        expected = (of[2, 0] + of[2, 1]) / 2 - np.log(np.exp(np.array(others) / 2).sum())
        assert values[copy].item() == pytest.approx(expected, abs=1e-5)
    assert found.probability == pytest.approx(values[0].sigmoid().item())
    assert (found.label, found.target, found.reads) == ("Q", (2, 3), None)
    values.sum().backward()
    assert pieces.grad.isfinite().all() and pieces.grad.abs().sum() > 0


def test_the_question_is_the_label():
    doc = NLP.make_doc("a b")

    def found(text, label=None):
        return question_to_explain(text, label, default={"A": "Who?", "B": "Where?"}, name="qa")

    assert found(Span(doc, 0, 1, label="B")) == found(doc[0:1], "B") == found(Span(doc, 0, 1, label="A"), "B")
    assert found(doc[0:1], "B") == {"B": "Where?"}
    (span,) = write_scores(doc, "Why?", [Answer(0, 0, 0.5)])
    assert found(span) == found(span, "Why?") == {"Why?": "Why?"}
    for unknown, label in ((Span(doc, 0, 1, label="C"), None), (span, "C"), (doc[0:1], "Why?")):
        with raises_code("B391", match="'qa'.*'(C|Why[?])'.*A, B"):
            found(unknown, label)
    with raises_code("B391", match="label ''.*no questions"):
        question_to_explain(doc[0:1], None, default={}, name="qa")
    with raises_code("B395", match="'a b'"):
        found(doc, "A")
