import pytest

from spacy_bert_ext.cli.overrides import overrides_of


def test_settings_are_named_with_their_section():
    assert overrides_of(["--training.max_steps", "3", "--paths.train=a b"]) == {
        "training.max_steps": 3,
        "paths.train": "a b",
    }


def test_what_is_no_option_is_told_without_a_traceback(capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit):
        overrides_of(["--gpus", "0"])
    output = " ".join(capsys.readouterr().out.split())
    assert "B427" in output and "'--gpus'" in output and "--training.max_steps 100" in output
