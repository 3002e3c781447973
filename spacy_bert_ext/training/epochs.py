"""Steps and epochs: how many steps an epoch has, and whether a number of steps is many epochs or few."""

import math
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from spacy.training import Example

Batcher = Callable[[Iterable[Example]], Iterable[list[Example]]]

# Devlin et al. 2019 fine-tune BERT for 2 to 4 epochs; on small data sets 20 are better and more stable (Mosbach et al.
# 2021, "On the Stability of Fine-tuning BERT"). What goes far beyond learns the Docs by heart.
USUAL, USUAL_OF_FEW_DOCS = 4, 20
FEW_DOCS = 1000
MOST, LEAST = 30, 0.9  # `plan_epochs` rounds down by less than a tenth
N_EVALUATIONS = 10  # in a training, at least, and one in each epoch
_SAMPLE = 1000  # Docs of which the steps of an epoch are estimated


class Plan(NamedTuple):
    """Settings of [training]. The last step is evaluated: spaCy evaluates those whose number, from 0 on, is a multiple
    of `eval_frequency`."""

    max_steps: int
    eval_frequency: int

    @property
    def n_evaluations(self) -> int:
        return (self.max_steps - 1) // self.eval_frequency + 1


def plan_epochs(n_epochs: float, steps_per_epoch: int) -> Plan:
    """The steps of so many epochs, rounded down a little (by less than a tenth) so that the last is evaluated."""
    n_steps = max(1, round(n_epochs * steps_per_epoch))
    n_evaluations = max(N_EVALUATIONS, math.ceil(n_epochs))
    frequency = max(1, (n_steps - 1) // n_evaluations)
    return Plan((n_steps - 1) // frequency * frequency + 1, frequency)


def usual_epochs(n_docs: int) -> int:
    return USUAL_OF_FEW_DOCS if n_docs < FEW_DOCS else USUAL


def count_steps(batcher: Batcher, examples: Iterable[Example]) -> int:
    """Of an epoch."""
    return sum(1 for _ in batcher(examples))


def estimate_steps(batcher: Batcher, examples: Sequence[Example]) -> int:
    """The same, from a sample of many. Random numbers of the training stay as they are.

    batcher (Batcher): Not that of the training, since some change from call to call.
    """
    state = random.getstate()
    try:
        sample = random.Random(0).sample(examples, min(_SAMPLE, len(examples)))
        return round(count_steps(batcher, sample) * len(examples) / len(sample))
    finally:
        random.setstate(state)


class Epochs(NamedTuple):
    """How many epochs a training has.

    n_epochs: Until it ends, unless `patience` ends it before.
    setting: What ends it: "max_steps" or "max_epochs", and its value.
    """

    n_epochs: float
    n_steps: int
    setting: str
    steps_per_epoch: int
    n_docs: int

    @property
    def are_many(self) -> bool:
        return self.n_epochs > MOST

    @property
    def are_few(self) -> bool:
        return self.n_epochs < LEAST

    def fault(self) -> tuple[str, str] | None:
        """What is wrong with their number, and what to do; None if nothing is."""
        usual = usual_epochs(self.n_docs)
        plan = plan_epochs(usual, self.steps_per_epoch)
        advice = (
            f"{usual} epochs are usual for so many Docs: `--training.max_steps {plan.max_steps} "
            f"--training.eval_frequency {plan.eval_frequency}`. `init-config --epochs` writes both."
        )
        docs, steps = f"the {self.n_docs:,} train Docs", f"{self.steps_per_epoch:,} steps"
        if self.are_many:
            found = f"Many epochs: {self.setting} goes through {docs} {self.n_epochs:,.0f} times, {steps} each"
            return found, f"They are learned by heart, and it takes long. {advice}"
        if self.are_few:
            found = f"Less than an epoch: {self.setting} reads {self.n_epochs:.0%} of {docs}, an epoch has {steps}"
            return found, advice
        return None


def epochs_of(T: Mapping[str, Any], *, steps_per_epoch: int, n_docs: int) -> Epochs | None:
    """T (Mapping[str, Any]): The block [training]. RETURNS (Optional[Epochs]): None of a training without an end."""
    limits = []
    if T["max_steps"]:
        limits.append((T["max_steps"], f"max_steps = {T['max_steps']}"))
    if T["max_epochs"] > 0:
        limits.append((T["max_epochs"] * steps_per_epoch, f"max_epochs = {T['max_epochs']}"))
    if not limits or not steps_per_epoch:
        return None
    n_steps, setting = min(limits)
    return Epochs(n_steps / steps_per_epoch, n_steps, setting, steps_per_epoch=steps_per_epoch, n_docs=n_docs)
