"""A logger that sends its own process signals, as if somebody pressed Ctrl-C."""

import os
import signal
from typing import Any

from spacy.util import registry
from thinc.api import Config


@registry.loggers("tests.Signals.v1")
def create_logger_that_signals(after: int, times: int = 1, number: int = int(signal.SIGINT)):
    """after (int): Steps, of this process."""

    def setup(nlp: object, stdout: Any, stderr: object):
        steps = []

        def log_step(info: dict[str, Any] | None) -> None:
            steps.append(info)
            if info is not None:
                stdout.write(f"row of step {info['step']}\n")
            if len(steps) == after:
                for _ in range(times):
                    os.kill(os.getpid(), number)

        stdout.write("header\n")
        return log_step, lambda: None

    return setup


def signalled(config: Config, after: int, **settings: Any) -> Config:
    return config.merge({"training": {"logger": {"@loggers": "tests.Signals.v1", "after": after, **settings}}})
