"""What components add up between optimizer steps."""

import pytest
import torch
from thinc.api import Model
from torch import nn

from spacy_bert_ext.runtime.torch_shim import TorchShim
from spacy_bert_ext.sharing.gradients import Gradients, apply_gradients
from spacy_bert_ext.training.optimizer import create_adamw_v1
from tests.pipeline.gradients import Recorder


class Learner:
    """A component with one weight."""

    def __init__(self, name: str = "learner") -> None:
        self.name = name
        self.shim = TorchShim("head")
        self.shim.module = nn.Linear(1, 1, bias=False)
        self.gradients = Gradients(Model("head", lambda *_: ([], None), layers=[self._layer()]))

    def _layer(self) -> Model:
        return Model("linear", lambda *_: ([], None), shims=[self.shim])

    @property
    def weight(self) -> nn.Parameter:
        return self.shim.module.weight

    def add(self, gradient: float) -> None:
        new = torch.full((1, 1), gradient)
        self.weight.grad = new if self.weight.grad is None else self.weight.grad + new


def test_shims_of_all_layers_are_found() -> None:
    learner = Learner()
    assert learner.gradients.shims == [learner.shim]


@pytest.mark.parametrize("weights", [(1.0, 3.0), (3.0, 1.0), (2.0, 2.0, 4.0), (5.0,)])
def test_gradients_that_are_added_as_they_are_become_their_weighted_mean(weights: tuple[float, ...]) -> None:
    learner = Learner()
    gradients = [float(2**i) for i in range(len(weights))]
    for gradient, weight in zip(gradients, weights):
        learner.gradients.expect_as_it_is(weight)
        learner.add(gradient)
    assert learner.weight.grad.item() == pytest.approx(gradients[-1] + sum_before(gradients, weights))
    learner.gradients.finish()
    mean = sum(g * w for g, w in zip(gradients, weights)) / sum(weights)
    assert learner.weight.grad.item() == pytest.approx(mean)


def sum_before(gradients: list[float], weights: tuple[float, ...]) -> float:
    """What stands beside the last gradient, in its unit."""
    return sum(g * w for g, w in zip(gradients[:-1], weights)) / weights[-1]


def test_both_ways_of_adding_give_the_same_mean() -> None:
    as_it_is, scaled = Learner(), Learner()
    for gradient, weight in ((1.0, 2.0), (5.0, 6.0), (-3.0, 8.0)):
        as_it_is.gradients.expect_as_it_is(weight)
        as_it_is.add(gradient)
        factors = scaled.gradients.expect({"head": weight})
        scaled.add(gradient * factors["head"])
    for learner in (as_it_is, scaled):
        learner.gradients.finish()
        assert learner.weight.grad.item() == pytest.approx((1 * 2 + 5 * 6 - 3 * 8) / 16)


def test_what_is_discarded_does_not_count_in_the_next_step() -> None:
    learner = Learner()
    learner.gradients.expect_as_it_is(7.0)
    learner.add(100.0)
    learner.gradients.discard()
    assert learner.weight.grad is None
    learner.gradients.expect_as_it_is(1.0)
    learner.add(2.0)
    learner.gradients.finish()
    assert learner.weight.grad.item() == 2.0


def test_all_learners_are_stepped_together_and_know_their_owner() -> None:
    learners, recorder = [Learner("one"), Learner("other")], Recorder()
    seen: list[list[TorchShim]] = []
    recorder.step = lambda shims: seen.append(list(shims))
    apply_gradients(learners, recorder)
    assert seen == [[learner.shim for learner in learners]]
    assert [learner.shim.owner for learner in learners] == ["one", "other"]


def test_a_step_changes_the_weights_and_begins_anew() -> None:
    learner = Learner()
    learner.gradients.expect_as_it_is(4.0)
    learner.add(1.0)
    before = learner.weight.detach().clone()
    apply_gradients([learner], create_adamw_v1(head_learn_rate=0.1))
    assert not torch.equal(before, learner.weight)
    assert learner.gradients._accumulation.rest == 1.0 and learner.weight.grad is None
