"""Losses of answers worked out by hand."""

from math import log

import numpy as np
import pytest
import torch

from spacy_bert_ext.losses.controls import LossControls
from spacy_bert_ext.losses.cross_entropies import cross_entropies, focus, like

# Two things with three answers each: the first is the second answer, the second the first.
PROBABILITIES = torch.tensor([[0.25, 0.25, 0.5], [0.5, 0.25, 0.25]], dtype=torch.float64)
SHARES = torch.tensor([[0, 1, 0], [1, 0, 0]])


def test_of_the_truth():
    found = cross_entropies(PROBABILITIES.log(), SHARES, LossControls())
    assert found.tolist() == pytest.approx([log(4), log(2)])


def test_weights_are_of_answers_or_of_each_answer_of_each():
    found = cross_entropies(PROBABILITIES.log(), SHARES, LossControls(), weights=np.array([1.0, 3.0, 5.0]))
    assert found.tolist() == pytest.approx([3 * log(4), log(2)])
    each = np.array([[1.0, 3.0, 5.0], [2.0, 0.0, 0.0]])
    found = cross_entropies(PROBABILITIES.log(), SHARES, LossControls(), weights=each)
    assert found.tolist() == pytest.approx([3 * log(4), 2 * log(2)])


def test_smoothing_spreads_over_possible_answers():
    controls = LossControls(label_smoothing=0.1)
    found = cross_entropies(PROBABILITIES.log(), SHARES, controls)
    mean = (2 * log(4) + log(2)) / 3
    assert found.tolist() == pytest.approx([0.9 * log(4) + 0.1 * mean, 0.9 * log(2) + 0.1 * mean])
    possible = torch.tensor([[False, True, True], [True, True, True]])
    found = cross_entropies(PROBABILITIES.log(), SHARES, controls, possible=possible)
    assert found[0].item() == pytest.approx(0.9 * log(4) + 0.1 * (log(4) + log(2)) / 2)


def test_focus_is_on_what_is_doubted():
    assert focus(PROBABILITIES.log(), LossControls()) == 1.0
    assert focus(PROBABILITIES.log(), LossControls(focal_gamma=2.0))[0].tolist() == pytest.approx(
        [0.5625, 0.5625, 0.25]
    )
    # Certainty has a finite slope, even of a root.
    certain = torch.zeros(1, requires_grad=True)
    focus(certain, LossControls(focal_gamma=0.5)).sum().backward()
    assert certain.grad.isfinite().all()


def test_arrays_like_a_tensor():
    found = like(np.array([1.0, 2.0]), torch.zeros(1, dtype=torch.bfloat16))
    assert (found.dtype, found.tolist()) == (torch.bfloat16, [1.0, 2.0])
