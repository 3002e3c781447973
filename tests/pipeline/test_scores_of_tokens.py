"""Scores that `get_loss` is given."""

import numpy as np
import pytest
from spacy.language import Language

from spacy_bert_ext.pieces.tokens import tokens_of_all
from spacy_bert_ext.pipeline.scores_of_tokens import checked_scores
from spacy_bert_ext.tagging.tag_scores import TagScores
from tests.coded import raises_code


def test_scores_of_these_docs_pass(nlp: Language) -> None:
    docs = [nlp.make_doc("a b"), nlp.make_doc("c")]
    scores = TagScores((), np.ones(3, bool), np.array([2, 1]), tokens_of_all(docs))
    assert checked_scores(scores, TagScores, docs, "mine") is scores


@pytest.mark.parametrize(
    ("texts", "given", "found"),
    [(["a b"], False, "NoneType"), (["a b", "d"], True, r"other tokens, \[2, 1\]"), (["a b"], True, r"\[2, 1\]")],
)
def test_scores_of_something_else_are_refused(nlp: Language, texts: list[str], given: bool, found: str) -> None:
    made = [nlp.make_doc("a b"), nlp.make_doc("c")]
    scores = TagScores((), np.ones(3, bool), np.array([2, 1]), tokens_of_all(made)) if given else None
    with raises_code("B113", match=f"'mine'.*{found}"):
        checked_scores(scores, TagScores, [nlp.make_doc(text) for text in texts], "mine")
