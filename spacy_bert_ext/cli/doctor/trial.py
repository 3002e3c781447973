"""The beginning of a training: a first step and an evaluation, by the code that trains; and some more, to be timed."""

import io
from collections.abc import Callable, Iterator
from timeit import default_timer as timer
from typing import Any, NamedTuple

from spacy.language import Language
from spacy.training.loop import create_before_to_disk_callback

from ...encoder.shim import EncoderShim, encoder_shim_of
from ...training.resuming.beginning import begin
from ...training.resuming.kinds import Kind
from ...training.resuming.loop import take_steps
from ...training.resuming.weights import parameter_names
from .encoders import encoders_of

MAX_DEV_DOCS = 100  # that are evaluated
LOGGER = "spacy-bert-ext.Log.v1"
MAX_TIMED_STEPS, MAX_TIMED_SECONDS = 10, 15.0

Step = tuple[dict[str, Any], bool | None]


class Times(NamedTuple):
    """steps: Seconds of each of some steps, without evaluation.

    evaluation: Seconds of an evaluation of at most MAX_DEV_DOCS Docs.
    is_held: Whether an encoder learns nothing in these steps and will later, when steps take longer.
    """

    steps: tuple[float, ...]
    evaluation: float
    is_held: bool = False


class Trial(NamedTuple):
    """A first step.

    loss: The sum over all components.
    score: Of an evaluation.
    seconds: Both took.
    missing: Scores with a weight above 0 that the evaluation has not given.
    times: Of the steps after it.
    """

    loss: float
    score: float
    seconds: float
    missing: tuple[str, ...]
    times: Times


def begin_training(nlp: Language, kind: Kind) -> Trial:
    """Do to an initialized pipeline what a training does until its first state is saved, but write nothing.

    Only the logger of this package is set up: others may begin a run on another machine, or a file.

    RAISES (Exception): Whatever would stop the training.
    """
    start = timer()
    parameter_names(nlp)  # of a kind whose state can be saved
    logger = nlp.config["training"]["logger"]["@loggers"]
    beginning = begin(nlp, kind, max_dev_docs=MAX_DEV_DOCS)
    T = beginning.T
    if logger == LOGGER:
        with nlp.select_pipes(disable=T["frozen_components"]):
            T["logger"](nlp, io.StringIO(), io.StringIO())
    evaluate = _Timed(beginning.evaluate)
    steps = take_steps(*beginning._replace(evaluate=evaluate))
    info, _ = next(steps)
    seconds = timer() - start
    loss = float(sum(info["losses"].values()))
    times = _timed(steps, evaluate, first=seconds - evaluate.seconds)
    is_held = any(_learns_later(encoder_shim_of(encoder)) for _, encoder in encoders_of(nlp))
    create_before_to_disk_callback(T["before_to_disk"])(nlp)
    weighted = [name for name, weight in T["score_weights"].items() if weight]
    return Trial(
        loss=loss,
        score=float(info["score"]),
        seconds=seconds,
        missing=tuple(name for name in weighted if info["other_scores"].get(name) is None),
        times=times._replace(is_held=is_held),
    )


def _learns_later(shim: EncoderShim) -> bool:
    """Whether something of an encoder is held that learns after some more steps."""
    return shim.n_steps < max(shim.held_steps, shim.settings.unfreeze_step or 0)


class _Timed:
    """The evaluation. seconds: That all of them took. last: The last one."""

    def __init__(self, evaluate: Callable[[], tuple[float, dict[str, Any]]]) -> None:
        self._evaluate = evaluate
        self.seconds = self.last = 0.0

    def __call__(self) -> tuple[float, dict[str, Any]]:
        start = timer()
        try:
            return self._evaluate()
        finally:
            self.last = timer() - start
            self.seconds += self.last


def _timed(steps: Iterator[Step], evaluate: _Timed, *, first: float) -> Times:
    """Take some more steps. The first of all, which takes longer, counts only if there is no other.

    first (float): Its seconds.
    """
    if evaluate.last < MAX_TIMED_SECONDS / 3:
        evaluate()  # again: the first one loads more than it computes
    seconds: list[float] = []
    begun = timer()
    while len(seconds) < MAX_TIMED_STEPS and timer() - begun < MAX_TIMED_SECONDS:
        start, evaluated = timer(), evaluate.seconds
        if next(steps, None) is None:
            break
        seconds.append(timer() - start - (evaluate.seconds - evaluated))
    return Times(tuple(seconds) or (first,), evaluate.last)
