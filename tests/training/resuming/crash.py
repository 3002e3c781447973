"""A logger that notes what it is told and can end the training; also given to `--code` of a process to be killed."""

import copy
import os
import signal
from collections.abc import Callable
from typing import Any

from spacy.util import registry

TOLD: list[dict[str, Any] | None] = []  # by the last training


class Crash(Exception):
    pass


def make_logger(after: int | None = None, kill: bool = False) -> Callable:
    """after (int): Steps, of this process, after which training ends, before its state can be saved."""

    def setup(nlp: object, stdout: object, stderr: object) -> tuple[Callable, Callable]:
        TOLD.clear()

        def log_step(info: dict[str, Any] | None) -> None:
            TOLD.append(copy.deepcopy(info))
            if len(TOLD) == after:
                if kill:
                    os.kill(os.getpid(), signal.SIGKILL)
                raise Crash

        return log_step, lambda: None

    return setup


# Where `--code` has this process import the file once more, what it has imported as a module stays.
if not registry.has("loggers", "tests.Crash.v1"):
    registry.loggers.register("tests.Crash.v1", func=make_logger)
