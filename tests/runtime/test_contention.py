"""When waiting threads are told to sleep, and when to spin again. Time is told here, not measured."""

from collections.abc import Iterator

import pytest
import torch
from spacy.language import Language

from spacy_bert_ext.runtime import contention
from spacy_bert_ext.runtime.contention import (
    JUDGED_SECONDS,
    LARGE_PIECES,
    SHORTEST_SLEEP,
    Clocks,
    Watch,
    read_clocks,
)
from spacy_bert_ext.runtime.spinning import spinning
from spacy_bert_ext.runtime.threads import threads_set
from tests.annotated import make_examples
from tests.pipeline.pipelines import learn, make_initialized

N_THREADS, MANY_THREADS = 2, 8


class Machine:
    """A control that notes what it is told, and clocks that a test moves on.

    n_used: Threads that the last computation took.
    """

    def __init__(self) -> None:
        self.is_stopped = False
        self.clocks = Clocks(0.0, 0.0, 0.0)
        self.n_moves = self.n_used = 0
        self.watch = Watch(self, lambda: self.clocks, self.move)

    def move(self) -> None:
        self.n_moves += 1

    def stop(self, n_threads: int) -> None:
        assert n_threads in (N_THREADS, MANY_THREADS)
        self.is_stopped = True

    def begin(self) -> None:
        self.is_stopped = False

    def compute(self, seconds: float, *, own: float, of_all: float, pieces: int = 1024, fixed: bool = True) -> None:
        """own, of_all: Shares of that time in which this thread, and all threads together, had a core."""
        n_threads = torch.get_num_threads()
        with self.watch.watching(n_threads, pieces, fixed=fixed):
            self.n_used = torch.get_num_threads()
            now, own_before, all_before = self.clocks
            self.clocks = Clocks(now + seconds, own_before + own * seconds, all_before + of_all * seconds)

    def compute_alone(self, seconds: float = 0.25) -> None:
        self.compute(seconds, own=1.0, of_all=1.95)

    def compute_beside_one(self, seconds: float = 0.25) -> None:
        self.compute(seconds, own=0.99, of_all=1.3)


@pytest.fixture
def machine() -> Iterator[Machine]:
    with threads_set(N_THREADS):
        machine = Machine()
        machine.compute_alone()
        yield machine


def test_alone_they_spin(machine: Machine) -> None:
    for _ in range(100):
        machine.compute_alone()
    assert not machine.is_stopped and not machine.watch.is_contended


def test_beside_a_busy_process_they_sleep(machine: Machine) -> None:
    machine.compute_beside_one()
    assert machine.watch.is_contended
    machine.compute(0.1, own=0.6, of_all=0.95)
    assert machine.is_stopped and machine.n_used == N_THREADS


@pytest.mark.parametrize(
    ("n_threads", "of_all", "n_left"),
    [(N_THREADS, 1.3, 1), (N_THREADS, 0.9, 1), (MANY_THREADS, 7.5, 7), (MANY_THREADS, 6.5, 6), (MANY_THREADS, 0.4, 1)],
)
def test_prediction_takes_as_many_as_cores_are_left(
    machine: Machine, n_threads: int, of_all: float, n_left: int
) -> None:
    with threads_set(n_threads):
        machine.compute(0.2, own=0.99, of_all=of_all, fixed=False)
        assert machine.n_used == n_threads
        machine.compute(0.2, own=0.99, of_all=1.0, fixed=False)
        assert machine.n_used == n_left and torch.get_num_threads() == n_threads
        machine.compute(0.2, own=0.99, of_all=1.0, fixed=True)
        assert machine.n_used == n_threads


def test_the_first_computation_tells_nothing() -> None:
    with threads_set(N_THREADS):
        machine = Machine()
        machine.compute_beside_one()
        assert not machine.watch.is_contended
        machine.compute_beside_one()
        assert machine.watch.is_contended


def test_single_requests_tell_by_their_own_thread(machine: Machine) -> None:
    for _ in range(50):
        machine.compute(0.01, own=1.0, of_all=1.0, pieces=LARGE_PIECES - 1)  # too small for more than one thread
    assert not machine.watch.is_contended
    for _ in range(16):
        machine.compute(0.01, own=0.7, of_all=0.9, pieces=LARGE_PIECES - 1)
    assert machine.watch.is_contended


def test_what_takes_a_short_time_is_added_up(machine: Machine) -> None:
    machine.compute_beside_one(JUDGED_SECONDS - 0.01)
    assert not machine.watch.is_contended
    machine.compute_beside_one(0.02)
    assert machine.watch.is_contended


def test_what_a_daemon_takes_is_nothing(machine: Machine) -> None:
    machine.compute(0.03, own=0.6, of_all=1.4)
    machine.compute_alone()
    assert not machine.watch.is_contended


def test_a_thread_that_shares_its_core_is_moved(machine: Machine) -> None:
    machine.compute_beside_one()
    machine.compute(0.3, own=0.6, of_all=0.95)
    assert not machine.n_moves
    machine.compute(0.3, own=0.5, of_all=0.6, fixed=False)  # on one thread alone, the system sees to it
    assert not machine.n_moves
    for n_moves in (1, 2, 3):
        machine.compute(0.3, own=0.5, of_all=0.6)
        assert machine.n_moves == n_moves


def test_they_spin_again_after_a_while_to_see(machine: Machine) -> None:
    machine.compute_beside_one()
    machine.compute(SHORTEST_SLEEP - 0.1, own=0.9, of_all=1.2)
    assert machine.watch.is_contended
    machine.compute(0.2, own=0.9, of_all=1.2)
    machine.compute_alone()
    assert not machine.is_stopped and not machine.watch.is_contended


def test_they_sleep_longer_each_time_that_contention_is_still_there(machine: Machine) -> None:
    sleeps = []
    for _ in range(6):
        machine.compute_beside_one()
        slept = 0.0
        while machine.watch.is_contended:
            machine.compute(0.5, own=0.9, of_all=1.2)
            slept += 0.5
            machine.compute(0.0, own=0.0, of_all=0.0)
        sleeps.append(slept)
    assert sleeps == [2, 4, 8, 16, 30, 30]
    machine.compute_alone(10.0)
    machine.compute_beside_one()
    machine.compute(SHORTEST_SLEEP, own=0.9, of_all=1.2)
    machine.compute_alone(0.01)
    assert not machine.watch.is_contended


def test_an_error_passes(machine: Machine) -> None:
    with pytest.raises(KeyError), machine.watch.watching(N_THREADS, 1, fixed=False):
        raise KeyError
    machine.compute_beside_one()
    assert machine.watch.is_contended


def test_nothing_is_measured_for_one_thread_or_another_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contention, "watch", lambda: pytest.fail("measured"))
    with threads_set(1), contention.watching(torch.device("cpu"), 1000, fixed=False):
        pass
    with threads_set(2), contention.watching(torch.device("cuda"), 1000, fixed=False):
        pass


def test_an_openmp_that_is_told_nothing_is_not_watched() -> None:
    with Watch(None, read_clocks).watching(2, 1000, fixed=False):
        pass


def test_clocks() -> None:
    first, second = read_clocks(), read_clocks()
    assert all(before <= after for before, after in zip(first, second))


class Stopped(Watch):
    is_contended = property(lambda self: True, lambda self, _: None)


class Changing(Watch):
    """Stops and begins in each computation."""

    calls = 0

    @property
    def is_contended(self) -> bool:
        self.calls += 1
        return self.calls % 4 < 2

    @is_contended.setter
    def is_contended(self, _: bool) -> None: ...


@pytest.mark.parametrize("kind", [Stopped, Changing])
def test_training_is_bit_equal_however_threads_wait(
    bert_folder: str, monkeypatch: pytest.MonkeyPatch, kind: type[Watch]
) -> None:
    control = spinning()
    if control is None:
        pytest.skip("an OpenMP that is told nothing")

    def train() -> list[torch.Tensor]:
        torch.manual_seed(1)
        nlp: Language = make_initialized(bert_folder, precision="bf16")
        learn(nlp, make_examples(nlp) * 10, steps=3)
        return [weight.data for _, pipe in nlp.pipeline for weight in pipe.shim.module.parameters()]

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        monkeypatch.setattr(contention, "watch", lambda: Watch(None))
        expected = train()
        watch = kind(control)
        monkeypatch.setattr(contention, "watch", lambda: watch)
        found = train()
        control.begin()
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(one, other) for one, other in zip(found, expected, strict=True))
