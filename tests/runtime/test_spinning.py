"""Waiting threads of OpenMP sleep or spin: what is started, what is left, and that no number changes."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import torch

from spacy_bert_ext.runtime import spinning
from spacy_bert_ext.runtime.spinning import MAX_HELD_THREADS, THREAD_NAME, GnuSpinning, LlvmSpinning


class FakeGnu:
    """An OpenMP that only counts."""

    def __init__(self, n_cores: int) -> None:
        self.n_cores, self.teams = n_cores, []
        self.omp_get_thread_num = object()

    def omp_get_num_procs(self) -> int:
        return self.n_cores

    def GOMP_parallel(self, function: object, data: None, n_threads, flags) -> None:
        assert function is self.omp_get_thread_num
        self.teams.append((n_threads.value, threading.current_thread().name))


def holding() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == THREAD_NAME]


@pytest.mark.parametrize(("n_cores", "n_threads", "needed"), [(2, 2, 2), (8, 2, 8), (4, 8, 2), (4, 4, 2)])
def test_more_threads_than_cores_are_held(n_cores: int, n_threads: int, needed: int) -> None:
    library = FakeGnu(n_cores)
    control = GnuSpinning(library)
    for _ in range(2):
        control.stop(n_threads)
    assert library.teams == [(needed, THREAD_NAME)]
    assert holding() == [THREAD_NAME]
    for _ in range(2):
        control.begin()
    assert not holding()
    control.stop(n_threads)
    assert len(library.teams) == 2
    control.begin()


def test_many_threads_are_not_started_to_sleep() -> None:
    library = FakeGnu(MAX_HELD_THREADS + 1)
    GnuSpinning(library).stop(2)
    assert not library.teams and not holding()


def test_where_no_thread_can_be_started_they_spin_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    library = FakeGnu(2)
    control = GnuSpinning(library)
    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", fail)
        control.stop(2)
        control.begin()
    assert not library.teams
    control.stop(2)
    assert len(library.teams) == 1
    control.begin()


class FakeLlvm:
    def __init__(self) -> None:
        self.milliseconds = 200

    def kmp_get_blocktime(self) -> int:
        return self.milliseconds

    def kmp_set_blocktime(self, milliseconds: int) -> None:
        self.milliseconds = milliseconds


def test_blocktime() -> None:
    library = FakeLlvm()
    control = LlvmSpinning(library)
    control.begin()
    assert library.milliseconds == 200
    control.stop(2)
    control.stop(2)
    assert library.milliseconds == 0
    control.begin()
    assert library.milliseconds == 200


@pytest.mark.parametrize("variable", spinning.WAIT_VARIABLES)
def test_what_the_environment_says_is_respected(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "1")
    spinning.spinning.cache_clear()
    try:
        assert spinning.spinning() is None
    finally:
        spinning.spinning.cache_clear()


@pytest.mark.parametrize(
    ("preloaded", "of_torch", "expected"),
    [
        (None, None, type(None)),
        (None, FakeGnu(2), GnuSpinning),
        (FakeLlvm(), FakeGnu(2), LlvmSpinning),
        (object(), FakeLlvm(), LlvmSpinning),
        (object(), object(), type(None)),
    ],
)
def test_which_openmp(monkeypatch: pytest.MonkeyPatch, preloaded: object, of_torch: object, expected: type) -> None:
    for variable in spinning.WAIT_VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(spinning, "_preloaded", lambda: preloaded)
    monkeypatch.setattr(spinning, "_of_torch", lambda: of_torch)
    spinning.spinning.cache_clear()
    try:
        assert type(spinning.spinning()) is expected
    finally:
        spinning.spinning.cache_clear()


def test_a_library_that_is_not_there() -> None:
    assert spinning._loaded("no such library") is None


PROGRAM = """
import os, sys, threading, torch
from spacy_bert_ext.runtime.spinning import spinning
def n_threads(): return len(os.listdir("/proc/self/task"))
torch.set_num_threads(2)
X = torch.rand(300, 300)
X @ X
control, before = spinning(), n_threads()
control.stop(2)
assert n_threads() > before, "none is held"
if "fork" in sys.argv:
    process = os.fork()
    if process == 0:
        torch.set_num_threads(1)
        X @ X
        control.begin(); control.stop(1); control.begin()
        os._exit(0)
    assert os.waitpid(process, 0)[1] == 0
if "exit" not in sys.argv:
    control.begin()
    assert threading.active_count() == 1
print("done")
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs Linux")
@pytest.mark.parametrize("what", ["begin", "exit", "fork", "fork exit"])
def test_torchs_own_openmp_holds_threads_until_told_or_over(what: str) -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "2", "PYTHONPATH": str(Path(__file__).parents[2])}
    for variable in spinning.WAIT_VARIABLES:
        environment.pop(variable, None)
    command = [sys.executable, "-c", PROGRAM, *what.split()]
    done = subprocess.run(command, check=False, env=environment, timeout=60, capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, "done"), done.stderr


def test_numbers_are_the_same() -> None:
    control = spinning.spinning()
    if control is None:
        pytest.skip("an OpenMP that is told nothing")
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        X = torch.randn(500, 384, dtype=torch.bfloat16)
        W = torch.randn(384, 384, dtype=torch.bfloat16)
        expected = (X @ W).softmax(-1)
        control.stop(2)
        found = (X @ W).softmax(-1)
        control.begin()
    finally:
        torch.set_num_threads(before)
    assert torch.equal(found, expected)
