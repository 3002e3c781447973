"""Ctrl-C and SIGTERM: a training stops between two steps, its state is saved, and it goes on as if nothing had been."""

import os
import signal
import threading
from io import StringIO
from pathlib import Path

import pytest
from spacy.training.initialize import init_nlp
from thinc.api import Config

from spacy_bert_ext.training.resuming.loop import train
from spacy_bert_ext.training.resuming.state import STATE_FOLDER, read_state
from spacy_bert_ext.training.resuming.stopping import Stopped, StoppedAtOnce, StopRequest, signals_noted
from tests.training.resuming.runs import make_config, outcome, run, write_corpus
from tests.training.resuming.signals import signalled

pytestmark = pytest.mark.usefixtures("heard_signals")


@pytest.fixture
def config(bert_folder: str, tmp_path: Path) -> Config:
    return make_config(bert_folder, write_corpus(tmp_path / "corpus.spacy"))


def stopped(config: Config, output: Path | None, *, resume: bool = False) -> tuple[BaseException | None, str]:
    """What has ended a training, and what it has printed."""
    stdout, request = StringIO(), StopRequest()
    state = read_state(output / STATE_FOLDER) if resume and output else None
    try:
        with signals_noted(request):
            train(init_nlp(config), output, state=state, stop=request, stdout=stdout, stderr=StringIO())
    except (Stopped, StoppedAtOnce) as error:
        return error, stdout.getvalue()
    return None, stdout.getvalue()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_training_stops_after_the_step_and_resumes_bit_by_bit(
    tmp_path: Path, config: Config, number: signal.Signals, capfd: pytest.CaptureFixture
) -> None:
    run(config, tmp_path / "whole")
    (tmp_path / "out").mkdir()
    for after in (3, 5):  # in the process: after steps 3 and 8
        error, _ = stopped(signalled(config, after, number=int(number)), tmp_path / "out", resume=after == 5)
        assert isinstance(error, Stopped)
        assert read_state(tmp_path / "out" / STATE_FOLDER).n_steps == error.n_steps
    assert error.n_steps == 8
    assert capfd.readouterr().err.count("Once more stops at once") == 2
    run(config, tmp_path / "out", resume=True)
    for name in ("model-best", "model-last"):
        assert outcome(tmp_path / "out" / name) == outcome(tmp_path / "whole" / name)


def test_a_second_signal_stops_at_once_and_saves_nothing(tmp_path: Path, config: Config) -> None:
    (tmp_path / "out").mkdir()
    error, _ = stopped(signalled(config, 8, times=2), tmp_path / "out")
    assert isinstance(error, StoppedAtOnce) and error.n_steps_saved == 6  # after the evaluation of step 5
    assert read_state(tmp_path / "out" / STATE_FOLDER).n_steps == 6


def test_without_a_folder_nothing_is_saved(config: Config) -> None:
    error, _ = stopped(signalled(config, 2), None)
    assert isinstance(error, Stopped) and error.n_steps == 2


def test_a_signal_after_the_last_step_changes_nothing(tmp_path: Path, config: Config) -> None:
    (tmp_path / "out").mkdir()
    config["training"]["max_steps"] = 5
    error, output = stopped(signalled(config, 6), tmp_path / "out")
    assert error is None and "Saved pipeline" in output


def test_a_resumed_training_shows_the_earlier_rows_and_says_when_it_is_finished(tmp_path: Path, config: Config) -> None:
    (tmp_path / "out").mkdir()
    stopped(signalled(config, 7), tmp_path / "out")
    _, output = stopped(signalled(config, 99), tmp_path / "out", resume=True)
    rows = ["header", "row of step 0", "row of step 5"]
    assert "\n".join(rows) + "\n---" in output and "above: before it was resumed after 7 steps" in output
    assert output.index("resumed after") < output.index("row of step 10") and "finished" not in output
    _, output = stopped(signalled(config, 99), tmp_path / "out", resume=True)
    assert "\n".join([*rows, "row of step 10"]) in output
    assert "This training is finished" in output and "--training.max_steps 28" in output


def test_a_signal_before_the_steps_begin_stops_at_once() -> None:
    request = StopRequest()
    with pytest.raises(StoppedAtOnce), signals_noted(request):
        os.kill(os.getpid(), signal.SIGINT)
    assert request.number == signal.SIGINT


def test_handlers_come_back_and_ignored_signals_stay_ignored() -> None:
    before = signal.getsignal(signal.SIGINT)
    ignored = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with signals_noted(StopRequest()):
            assert signal.getsignal(signal.SIGINT) != before
            assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN
        assert signal.getsignal(signal.SIGINT) == before
    finally:
        signal.signal(signal.SIGTERM, ignored)


def test_other_threads_get_no_signals() -> None:
    entered = []

    def enter() -> None:
        with signals_noted(StopRequest()):
            entered.append(True)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert entered
