"""Why a training is over, and what would make it go on."""

from collections.abc import Mapping
from typing import Any

from .run import Progress


def told_ending(progress: Progress, T: Mapping[str, Any]) -> tuple[str, str]:
    """T: The [training] block.

    RETURNS (Tuple[str, str]): What has ended a training that takes no step any more, and what to change.
    """
    max_steps, patience, max_epochs, last = T["max_steps"], T["patience"], T["max_epochs"], progress.n_steps - 1
    if max_steps and progress.is_over(max_steps=max_steps, patience=0):
        reason, setting, value = f"it took all steps up to `max_steps` of {max_steps}", "max_steps", last
    elif patience and progress.is_over(max_steps=0, patience=patience):
        best = progress.best_step()
        reason = f"in `patience` of {patience} steps no evaluation was better than that after step {best}"
        setting, value = "patience", last - best
    else:
        reason, setting, value = f"it read the corpus `max_epochs` of {max_epochs} times", "max_epochs", max_epochs
    return f"This training is finished: {reason}", f"A higher one goes on, such as `--training.{setting} {2 * value}`."
