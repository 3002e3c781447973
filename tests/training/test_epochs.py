"""Steps and epochs."""

import random
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from spacy.language import Language
from spacy.training import Example
from spacy.util import minibatch

from spacy_bert_ext.training.epochs import (
    Plan,
    count_steps,
    epochs_of,
    estimate_steps,
    plan_epochs,
    usual_epochs,
)


@pytest.mark.parametrize(
    ("n_epochs", "per_epoch", "plan", "n_evaluations"),
    [
        (4, 100, Plan(391, 39), 11),
        (4, 101, Plan(401, 40), 11),
        (4, 1, Plan(4, 1), 4),
        (20, 50, Plan(981, 49), 21),
        (0.5, 1000, Plan(491, 49), 11),
        (0.01, 1, Plan(1, 1), 1),
    ],
)
def test_the_last_step_is_evaluated(n_epochs: float, per_epoch: int, plan: Plan, n_evaluations: int) -> None:
    found = plan_epochs(n_epochs, per_epoch)
    assert found == plan and found.n_evaluations == n_evaluations
    assert (found.max_steps - 1) % found.eval_frequency == 0
    assert 0.9 * n_epochs * per_epoch < found.max_steps <= max(1, n_epochs * per_epoch)


def pairs(examples: Iterable[Example]) -> Iterator[list[Example]]:
    random.random()
    return minibatch(examples, size=2)


def test_steps_are_batches(nlp: Language) -> None:
    doc = nlp("a")
    assert count_steps(pairs, [Example(doc, doc)] * 5) == 3


def test_many_docs_are_sampled_and_random_numbers_left_alone(nlp: Language) -> None:
    doc = nlp("a")
    state = random.getstate()
    assert estimate_steps(pairs, [Example(doc, doc)] * 5) == 3
    assert estimate_steps(pairs, [Example(doc, doc)] * 5000) == 2500
    assert random.getstate() == state


def training(**settings: int) -> dict[str, Any]:
    return {"max_steps": 0, "max_epochs": 0, **settings}


def test_what_ends_a_training_counts() -> None:
    found = epochs_of(training(max_steps=100, max_epochs=3), steps_per_epoch=50, n_docs=500)
    assert found is not None and (found.n_epochs, found.n_steps, found.setting) == (2, 100, "max_steps = 100")
    found = epochs_of(training(max_steps=1000, max_epochs=3), steps_per_epoch=50, n_docs=500)
    assert found is not None and (found.n_epochs, found.n_steps, found.setting) == (3, 150, "max_epochs = 3")
    assert epochs_of(training(), steps_per_epoch=50, n_docs=500) is None
    assert epochs_of(training(max_steps=9, max_epochs=-1), steps_per_epoch=3, n_docs=9).n_epochs == 3
    assert epochs_of(training(max_steps=9), steps_per_epoch=0, n_docs=0) is None


def test_many_epochs_and_few_are_faults() -> None:
    def fault(max_steps: int) -> tuple[str, str] | None:
        found = epochs_of(training(max_steps=max_steps), steps_per_epoch=12, n_docs=120)
        return None if found is None else found.fault()

    assert fault(12) is None and fault(360) is None
    what, advice = fault(1000) or ("", "")
    assert what == "Many epochs: max_steps = 1000 goes through the 120 train Docs 83 times, 12 steps each"
    # 20 epochs are usual: 240 steps, and every 11th is evaluated
    assert "20 epochs are usual" in advice and "--training.max_steps 232 --training.eval_frequency 11`" in advice
    what, advice = fault(3) or ("", "")
    assert what == "Less than an epoch: max_steps = 3 reads 25% of the 120 train Docs, an epoch has 12 steps"
    assert "--training.max_steps 232" in advice


@pytest.mark.parametrize("steps_per_epoch", [10, 88, 131, 1000])
def test_one_planned_epoch_is_not_less_than_one(steps_per_epoch: int) -> None:
    plan = plan_epochs(1, steps_per_epoch)
    found = epochs_of(training(max_steps=plan.max_steps), steps_per_epoch=steps_per_epoch, n_docs=2714)
    assert found is not None and found.fault() is None


def test_few_docs_want_more_epochs() -> None:
    assert (usual_epochs(999), usual_epochs(1000)) == (20, 4)
