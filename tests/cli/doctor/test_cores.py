"""The doctor's table of threads, cores and load."""

import pytest
import torch

from spacy_bert_ext.cli.doctor import cores
from tests.cli.runner import run


@pytest.fixture
def shared_container(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "affinity_cores", lambda: 64)
    monkeypatch.setattr(cores, "quota_cores", lambda: 1.5)
    monkeypatch.setattr(cores, "available_cores", lambda: 2)
    monkeypatch.setattr(cores, "load_of_machine", lambda: 7.25)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 64)


def test_a_container_beside_busy_ones(shared_container: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "number_of_threads", lambda setting: 2)
    monkeypatch.setenv("OMP_WAIT_POLICY", "passive")
    code, output = run("doctor")
    assert code == 0
    for expected in ("64 of", "1.5 cores", "OMP_WAIT_POLICY=passive", "OMP_NUM_THREADS=2", "the load is 7.2 on 2"):
        assert expected in output


def test_a_quiet_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in cores.WAIT_VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(cores, "quota_cores", lambda: None)
    monkeypatch.setattr(cores, "load_of_machine", lambda: None)
    monkeypatch.setattr(cores, "spinning", lambda: None)
    _, output = run("doctor")
    for expected in ("quota of the container", "none", "as OpenMP has it", "not known"):
        assert expected in output
    assert "Other processes" not in output
    monkeypatch.setattr(cores, "spinning", lambda: object())
    assert "sleep beside busy processes" in run("doctor")[1]
