"""What the doctor says without a config."""

import spacy

import spacy_bert_ext.cli
from tests.cli.runner import run


def test_without_a_config_the_doctor_tells_versions_device_and_precision() -> None:
    code, output = run("doctor")
    assert code == 0
    for expected in (spacy.__version__, spacy_bert_ext.__version__, 'device = "auto"', 'precision = "auto", training'):
        assert expected in output
