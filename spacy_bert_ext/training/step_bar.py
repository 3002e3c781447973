"""The progress bar of a training's log."""

from collections.abc import Mapping
from timeit import default_timer as timer
from typing import IO, Any, Literal

import tqdm

from ..runtime.progress import bar


class StepBar:
    """Counts steps, up to all of them or up to the next evaluation, and tells the time that is left in all."""

    def __init__(self, kind: Literal["train", "eval"], training: Mapping[str, Any], stderr: IO[str]) -> None:
        self._kind, self._training, self._stderr = kind, training, stderr
        self._bar: tqdm.tqdm | None = None
        self._left = TimeLeft(training["max_steps"])

    def begin(self, info: Mapping[str, Any]) -> None:
        of_all = self._kind == "train"
        self._left.begin(info["step"])
        self._bar = bar(
            f"Epoch {info['epoch'] + 1}",
            self._training["max_steps" if of_all else "eval_frequency"],
            unit="steps",
            file=self._stderr,
            initial=info["step"] if of_all else 0,
            delay=0,
        )

    def count_step(self) -> None:
        self._left.count_step()
        if self._bar is not None:
            self._bar.set_postfix_str(self._left.told(), refresh=False)
            self._bar.update(1)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


class TimeLeft:
    """Of a training, by the steps of this process and the evaluations between them; `patience` may end it before."""

    def __init__(self, max_steps: int) -> None:
        """max_steps (int): 0 for no limit."""
        self._max_steps = max_steps
        self._start: tuple[int, float] | None = None
        self._step = 0

    def begin(self, step: int) -> None:
        """step (int): Number of the last one, at an evaluation."""
        self._step = step
        if self._start is None:
            self._start = step, timer()

    def count_step(self) -> None:
        self._step += 1

    def told(self) -> str:
        """Empty if it is not known."""
        if self._start is None or not self._max_steps or self._step <= self._start[0]:
            return ""
        per_step = (timer() - self._start[1]) / (self._step - self._start[0])
        left = per_step * max(0, self._max_steps - self._step)
        return f"about {tqdm.tqdm.format_interval(left)} left in all"
