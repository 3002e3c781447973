import numpy as np

from spacy_bert_ext.explanation.explanation import Explanation


def explanation(scores):
    tokens = ("not", "good", " ", "film")
    return Explanation(
        text="not good  film",
        tokens=tokens,
        spaces=(True, True, False, False),
        scores=np.array(scores),
        label="POSITIVE",
        component="bert_textcat",
        method="integrated_gradients",
        baseline="mask",
        value=1.0,
        baseline_value=0.5,
        quantity="log odds of POSITIVE",
        probability=0.73,
        completeness_error=0.01,
    )


def test_top_tokens_weigh_most_for_or_against():
    found = explanation([-2.0, 1.0, 0.0, 0.5])
    assert found.top(2) == [("not", -2.0), ("good", 1.0)]
    assert found.top() == [("not", -2.0), ("good", 1.0), ("film", 0.5)]  # what weighs nothing is not among them
    assert found.target is None
