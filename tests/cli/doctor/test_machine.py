"""What the doctor says without a config."""

import pytest
import spacy

import spacy_bert_ext.cli
from tests.cli.runner import run


def test_without_a_config_the_doctor_tells_versions_device_and_precision() -> None:
    code, output = run("doctor")
    assert code == 0
    for expected in (spacy.__version__, spacy_bert_ext.__version__, 'device = "auto"', 'precision = "auto", training'):
        assert expected in output


@pytest.mark.parametrize("is_fast, told", [(True, "fast"), (False, "has no VNNI")])
def test_a_cpu_without_fast_int8_is_told(is_fast, told, monkeypatch):
    monkeypatch.setattr("spacy_bert_ext.cli.doctor.machine.computes_int8_fast", lambda: is_fast)
    _, output = run("doctor")
    (line,) = [line for line in output.splitlines() if line.startswith("int8 on the CPU")]
    assert told in line
