"""How many steps and epochs a training has, and how long it takes here."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from spacy.training import Example
from wasabi import msg

from ...training.duration import estimate, told_seconds
from ...training.epochs import count_steps, epochs_of
from .trial import MAX_DEV_DOCS, Times


class Length(NamedTuple):
    """n_steps: 0 if nothing but `patience` ends the training. n_dev_docs: 0 if nothing is evaluated."""

    n_steps: int
    n_dev_docs: int


def tell_epochs(examples: Sequence[Example], T: Mapping[str, Any]) -> int:
    """Print the steps of an epoch, and warn of many epochs and of less than one.

    examples (Sequence[Example]): The train corpus; empty if it could not be read.
    RETURNS (int): Steps of the training; 0 if nothing but `patience` ends it.
    """
    if not examples or T["max_epochs"] == -1:
        return int(T["max_steps"])
    per_epoch = count_steps(T["batcher"], examples)
    epochs = epochs_of(T, steps_per_epoch=per_epoch, n_docs=len(examples))
    if epochs is None:
        msg.info(f"An epoch has about {per_epoch} steps")
        return 0
    fault = epochs.fault()
    msg.info(f"An epoch has about {per_epoch} steps", f"{epochs.setting}: {epochs.n_epochs:.1f} epochs.")
    if fault is not None:
        msg.warn(*fault)
    if T["max_steps"] and epochs.n_steps < T["max_steps"]:
        msg.warn(
            f"{epochs.setting} ends the training after {epochs.n_steps} of {T['max_steps']} steps",
            "The learning rate falls over all of them, so it stays high: set `max_epochs = 0` and `max_steps = "
            f"{epochs.n_steps}`.",
        )
    return epochs.n_steps


def tell_duration(length: Length, times: Times, T: Mapping[str, Any]) -> None:
    """Print how long a training takes on this machine as it is now."""
    n, rate = len(times.steps), len(times.steps) / sum(times.steps)
    timed = f"Timed with {_counted(n, 'step')}, at the present load of this machine, without the time for saving."
    if times.is_held:
        msg.info(
            f"The training does {rate:.2g} steps per s while the encoder is held, and fewer when all of it learns",
            timed,
        )
        return
    if not length.n_steps:
        msg.info(f"The training does {rate:.2g} steps per s", timed)
        return
    evaluation = times.evaluation * max(1, length.n_dev_docs / MAX_DEV_DOCS) if length.n_dev_docs else 0.0
    n_evaluations = (length.n_steps - 1) // T["eval_frequency"] + 1 if length.n_dev_docs else 0
    duration = estimate(times.steps, length.n_steps, evaluation_seconds=evaluation, n_evaluations=n_evaluations)
    steps = [_counted(length.n_steps, "step") + f", {rate:.2g} per s"]
    if n_evaluations:
        evaluated = f"of {length.n_dev_docs:,} Docs, {told_seconds(evaluation)} each"
        steps.append(f"{_counted(n_evaluations, 'evaluation')} {evaluated}")
    stops = "`patience` may end it earlier. " if T["patience"] else ""
    msg.info(
        f"The training takes about {duration.told()}",
        f"{', and '.join(steps)}. {stops}{timed}",
    )


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"
