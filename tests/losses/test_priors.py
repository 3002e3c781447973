"""What new heads begin with, by hand."""

import numpy as np
import pytest

from spacy_bert_ext.losses.priors import log_frequencies, log_odds


def test_classes_begin_as_often_as_they_are_annotated():
    logits = log_frequencies(np.array([5.0, 2.0, 0.0]))
    assert np.exp(logits) == pytest.approx([6 / 10, 3 / 10, 1 / 10])


def test_classes_count_by_their_weights():
    logits = log_frequencies(np.array([5.0, 2.0]), np.array([1.0, 4.0]))
    assert np.exp(logits) == pytest.approx([6 / 18, 12 / 18])


def test_labels_begin_as_often_as_they_hold():
    logits = log_odds(np.array([1.0, 7.0, 0.0]), np.array([5.0, 1.0, 0.0]))
    assert 1 / (1 + np.exp(-logits)) == pytest.approx([2 / 8, 8 / 10, 1 / 2])


def test_labels_count_by_their_weights():
    assert log_odds(np.array([1.0]), np.array([5.0]), np.array([3.0])) == pytest.approx([np.log(2 * 3 / 6)])
