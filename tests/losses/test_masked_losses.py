"""Loss and gradients are torch's."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from spacy_bert_ext.losses.loss import NOTHING_ANNOTATED
from spacy_bert_ext.losses.masked_losses import loss_of_masked, surprisals, with_loss_of_pairs


@pytest.mark.parametrize("n", [1, 255, 256, 700])
def test_value_and_gradients_are_those_of_cross_entropy(n):
    logits = (torch.randn(n, 13) * 3).requires_grad_()
    targets = torch.randint(13, (n,))
    loss = loss_of_masked(logits.detach(), targets.numpy())
    expected = functional.cross_entropy(logits, targets)
    (gradient,) = torch.autograd.grad(expected, (logits,))
    assert loss.value == pytest.approx(expected.item(), rel=1e-6) and loss.weight == n
    torch.testing.assert_close(loss.gradients[0], gradient, rtol=1e-5, atol=1e-8)


def test_logits_of_low_precision_get_gradients_of_theirs():
    logits = torch.randn(20, 13).bfloat16()
    targets = np.arange(20) % 13
    loss = loss_of_masked(logits, targets)
    expected = functional.cross_entropy(logits.float(), torch.from_numpy(targets))
    assert loss.value == pytest.approx(expected.item(), rel=1e-5) and loss.gradients[0].dtype == torch.bfloat16


def test_padding_is_not_counted():
    logits, targets = torch.randn(64, 13), np.arange(20) % 13
    loss, alone = loss_of_masked(logits, targets), loss_of_masked(logits[:20], targets)
    assert loss.value == alone.value and loss.weight == 20
    assert torch.equal(loss.gradients[0][:20], alone.gradients[0]) and not loss.gradients[0][20:].any()
    for found, expected in zip(surprisals(logits, targets), surprisals(logits[:20], targets)):
        np.testing.assert_array_equal(found, expected)


def test_nothing_masked():
    assert loss_of_masked(torch.zeros(0, 13), np.zeros(0, np.int64)) is NOTHING_ANNOTATED


def test_surprisals_by_hand():
    logits = torch.log(torch.tensor([[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]]))
    losses, hits = surprisals(logits, np.array([1, 2]))
    np.testing.assert_allclose(losses, [np.log(4), -np.log(0.8)], rtol=1e-6)
    assert hits.tolist() == [False, True]


def test_the_loss_of_pairs_is_added():
    logits, next_logits = torch.randn(9, 13), torch.randn(5, 2).requires_grad_()
    targets, labels = np.arange(9), np.array([0, 1, 1, 0, 1])
    masked = loss_of_masked(logits, targets)
    both = with_loss_of_pairs(masked, logits, next_logits, labels)
    expected = functional.cross_entropy(next_logits, torch.from_numpy(labels))
    (gradient,) = torch.autograd.grad(expected, (next_logits,))
    assert both.value == pytest.approx(masked.value + expected.item(), rel=1e-6) and both.weight == 9
    assert both.gradients[0] is masked.gradients[0]
    torch.testing.assert_close(both.gradients[1], gradient)
    # Where nothing is masked it is the only one.
    alone = with_loss_of_pairs(NOTHING_ANNOTATED, logits[:0], next_logits, labels)
    assert alone.value == pytest.approx(expected.item(), rel=1e-6) and alone.weight == 5
    assert alone.gradients[0].shape == (0, 13)
