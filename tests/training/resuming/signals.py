"""A logger that sends its own process signals, as if somebody pressed Ctrl-C."""

import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
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


@pytest.fixture
def heard_signals() -> Iterator[None]:
    """Ctrl-C is heard, also where the tests run in the background of a shell that has it ignored.

    A signal may end a process of pytest-xdist, and all that was to run in it: `make test` runs these tests in a process
    of their own.
    """
    if "PYTEST_XDIST_WORKER" in os.environ:
        pytest.skip("signals are sent in a process without pytest-xdist")
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
