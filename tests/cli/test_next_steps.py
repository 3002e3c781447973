"""Lines with the commands that follow."""

import pytest

from spacy_bert_ext.cli.next_steps import as_step, tell_next_steps


def test_a_step_of_another_command_tells_no_next_steps(capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(KeyError), as_step():
        tell_next_steps(["Train:  train"])
        raise KeyError
    assert capsys.readouterr().out == ""
    tell_next_steps(["Check it:  doctor", "Train:  train"])
    assert capsys.readouterr().out == "Check it:  doctor\nTrain:  train\n"
