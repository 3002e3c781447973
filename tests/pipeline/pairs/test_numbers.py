"""Numbers of pairs: in a range, or any."""

import math

import numpy as np
import pytest
import torch

from spacy_bert_ext.losses.controls import LossControls
from spacy_bert_ext.pipeline.pairs.numbers import AnyNumber, InRange, check_controls, number_kind
from tests.coded import raises_code

NAN = float("nan")


def test_a_range_is_a_sigmoid():
    kind = number_kind([1, 5])
    assert kind == InRange(1.0, 5.0)
    logits = torch.tensor([[0.0], [math.log(3)], [-50.0], [50.0]])
    assert kind.numbers(logits)[:, 0].tolist() == pytest.approx([3.0, 4.0, 1.0, 5.0])
    assert kind.logits(np.array([[3.0], [4.0]])) == pytest.approx(logits[:2].double().numpy())
    assert np.isfinite(kind.logits(np.array([[1.0], [5.0]]))).all()
    assert kind.allows(1) and kind.allows(5) and not kind.allows(0.9) and not kind.allows(5.1) and not kind.allows(NAN)


def test_numbers_in_a_range_are_learned_by_cross_entropy():
    logits, gold = torch.tensor([[0.0], [1.0], [2.0]]), np.array([[1.0], [5.0], [NAN]])
    loss = InRange(1.0, 5.0).loss(logits, gold)
    assert loss.value == pytest.approx((math.log(2) + math.log1p(math.exp(-1))) / 2)
    assert loss.gradients[0][:, 0].tolist() == pytest.approx([0.25, (1 / (1 + math.exp(-1)) - 1) / 2, 0.0])
    assert loss.weight == 2
    # Of 3 numbers, in the range 0.5, 1 and 0: each side counts 1 more.
    prior = InRange(1.0, 5.0).prior(np.array([3.0, 5.0, 5.0]))
    assert prior == pytest.approx([math.log(3.5 / 1.5)])


def test_any_number_is_the_output_itself():
    kind = number_kind(None)
    assert isinstance(kind, AnyNumber)
    outputs = torch.tensor([[0.5], [-7.0], [1.0]])
    assert kind.numbers(outputs) is outputs
    loss = kind.loss(outputs, np.array([[1.5], [-7.0], [NAN]]))
    assert loss.value == pytest.approx(0.5) and loss.gradients[0][:, 0].tolist() == pytest.approx([-1.0, 0.0, 0.0])
    assert kind.prior(np.array([1.0, 2.0])) == pytest.approx([1.5])
    assert kind.allows(-1e9) and not kind.allows(NAN) and not kind.allows(math.inf)
    assert kind.logits(np.array([[2.0]])) == pytest.approx(np.array([[2.0]]))


@pytest.mark.parametrize("found", [[1], [1, 2, 3], [5, 1], [1, 1], "01", 5, [0, "5"], [0, math.inf], [False, True]])
def test_what_is_no_range_is_refused(found):
    with raises_code("B010", match="score_range"):
        number_kind(found)


@pytest.mark.parametrize("setting", [{"label_smoothing": 0.1}, {"focal_gamma": 1.0}, {"class_weights": "balanced"}])
def test_a_loss_of_categories_is_refused(setting):
    check_controls(LossControls(weight=2.0), "head")
    with raises_code("B458", match=f"'head'.*{next(iter(setting))}"):
        check_controls(LossControls(**setting), "head")
