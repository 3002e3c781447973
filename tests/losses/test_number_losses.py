"""Losses of numbers."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from spacy_bert_ext.losses.loss import NOTHING_ANNOTATED
from spacy_bert_ext.losses.number_losses import squared_errors


def test_squared_errors_are_those_of_torch():
    outputs = torch.tensor([[1.0], [2.0], [4.0]], requires_grad=True)
    expected = functional.mse_loss(outputs[[0, 2], 0], torch.tensor([1.5, 1.0]))
    expected.backward()
    loss = squared_errors(outputs, np.array([[1.5], [np.nan], [1.0]]))
    assert loss.value == pytest.approx(expected.item()) and loss.weight == 2
    torch.testing.assert_close(loss.gradients[0], outputs.grad)


def test_nothing_annotated():
    assert squared_errors(torch.zeros(1, 1), np.full((1, 1), np.nan)) == NOTHING_ANNOTATED
