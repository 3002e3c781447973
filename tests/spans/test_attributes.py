"""Values of attributes, from the hidden units of spans."""

import numpy as np
import pytest
import torch

from spacy_bert_ext.spans import attributes
from spacy_bert_ext.spans.attributes import predicted_values, value_logits
from spacy_bert_ext.spans.candidates import Candidates
from tests.spans.scored import random_scores

SPANS = Candidates(np.array([3, 0, 0, 4]), np.array([4, 2, 2, 4]))  # in any order, and several times


def test_values_are_linear_in_the_hidden_units() -> None:
    scores = random_scores([3, 2], n_values=[2, 3])
    hidden = scores.hidden(SPANS, scores.sums())
    found = list(value_logits(scores, SPANS, scores.sums()))
    assert [tuple(logits.shape) for logits in found] == [(4, 2), (4, 3)]
    for logits, (weight, bias) in zip(found, scores.attributes):
        torch.testing.assert_close(logits, hidden @ weight.T + bias)


@pytest.mark.parametrize("at_once", [1, 3, 100])
def test_the_likeliest_value_is_predicted(monkeypatch, at_once: int) -> None:
    monkeypatch.setattr(attributes, "CANDIDATES_AT_ONCE", at_once)
    scores = random_scores([3, 2], n_values=[2, 3])
    for found, logits in zip(predicted_values(scores, SPANS), value_logits(scores, SPANS, scores.sums()), strict=True):
        probabilities = logits.softmax(dim=1).numpy()
        assert found.value.tolist() == probabilities.argmax(axis=1).tolist()
        np.testing.assert_allclose(found.score, probabilities.max(axis=1), rtol=1e-5)
        assert found.value[1] == found.value[2]


def test_no_spans_and_no_attributes() -> None:
    nothing = Candidates(np.zeros(0, np.int64), np.zeros(0, np.int64))
    assert [len(found.value) for found in predicted_values(random_scores([3], n_values=[2, 2]), nothing)] == [0, 0]
    assert predicted_values(random_scores([5]), SPANS) == ()
