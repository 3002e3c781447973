"""The beginning of a training: a first step and an evaluation, by the code that trains."""

import io
from timeit import default_timer as timer
from typing import NamedTuple

from spacy.language import Language
from spacy.training.loop import create_before_to_disk_callback

from ...training.resuming.beginning import begin
from ...training.resuming.kinds import Kind
from ...training.resuming.loop import take_steps
from ...training.resuming.weights import parameter_names

MAX_DEV_DOCS = 100  # that are evaluated
LOGGER = "spacy-bert-ext.Log.v1"


class Trial(NamedTuple):
    """A first step.

    loss: The sum over all components.
    score: Of an evaluation.
    seconds: Both took.
    missing: Scores with a weight above 0 that the evaluation has not given.
    """

    loss: float
    score: float
    seconds: float
    missing: tuple[str, ...]


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
    info, _ = next(take_steps(*beginning))
    create_before_to_disk_callback(T["before_to_disk"])(nlp)
    weighted = [name for name, weight in T["score_weights"].items() if weight]
    return Trial(
        loss=float(sum(info["losses"].values())),
        score=float(info["score"]),
        seconds=timer() - start,
        missing=tuple(name for name in weighted if info["other_scores"].get(name) is None),
    )
