"""`nlp.evaluate` counts Docs, gives the same, and leaves `nlp.pipe` as it was."""

import pytest
import spacy
from spacy.language import Language

from spacy_bert_ext.pipeline.evaluating import shown_pipe
from tests.annotated import make_examples


def test_docs_are_counted_and_scores_are_the_same(trained: Language) -> None:
    examples = make_examples(trained)
    expected = trained.evaluate(examples)
    with shown_pipe(trained, "Evaluating") as progress:
        progress.total = len(examples)
        found = trained.evaluate(examples)
        assert progress.n == len(examples) or progress.disable
    assert {**found, "speed": 0} == {**expected, "speed": 0}
    assert "pipe" not in vars(trained)


def test_the_pipe_comes_back_after_an_error() -> None:
    nlp = spacy.blank("en")
    with pytest.raises(KeyError), shown_pipe(nlp, "Evaluating", 3):
        raise KeyError
    assert "pipe" not in vars(nlp)
    mine = nlp.pipe
    vars(nlp)["pipe"] = mine
    with shown_pipe(nlp, "Evaluating"):
        assert [doc.text for doc in nlp.pipe(["a", "b"])] == ["a", "b"] and nlp.pipe is not mine
    assert vars(nlp)["pipe"] is mine
