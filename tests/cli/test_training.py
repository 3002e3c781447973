"""What `train` and `pretrain` have in common; each command's own tests stand beside."""

import os
import signal
from pathlib import Path

import pytest
from thinc.api import Config

from spacy_bert_ext.cli.training import Call, train_by
from spacy_bert_ext.training.resuming.kinds import ORDINARY
from tests.cli.runner import run
from tests.training.resuming import crash
from tests.training.resuming.runs import make_config, write_corpus
from tests.training.resuming.signals import signalled


def test_what_the_config_is_refused_for_is_told_before_anything_is_loaded(
    bert_folder: str, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    config = make_config(bert_folder, write_corpus(tmp_path / "corpus.spacy", 1))
    config.to_disk(tmp_path / "config.cfg")

    def refuse(config: Config) -> None:
        raise ValueError(f"[B999] {config['paths']['encoder']} is not wanted")

    call = Call(tmp_path / "config.cfg", None, None, [])
    with pytest.raises(SystemExit):
        train_by(call, ORDINARY.models, "Training", refuse)
    output = capsys.readouterr().out
    assert "B999" in output and "Initializing" not in output
    with pytest.raises(ValueError, match="B999"):
        train_by(call._replace(verbose=True), ORDINARY.models, "Training", refuse)


@pytest.mark.usefixtures("heard_signals")
def test_a_stop_tells_the_step_and_the_command_that_resumes(bert_folder: str, tmp_path: Path) -> None:
    config = make_config(bert_folder, write_corpus(tmp_path / "corpus.spacy", 2))
    path, output = tmp_path / "a config.cfg", tmp_path / "out"
    arguments = ["--output", output, "--training.max_steps", "9"]
    for n_signals, told, code in (
        (1, "Stopped after step 3. Its state is saved", 130),
        (2, "Stopped at once. The state after step 1 is saved", 130),
    ):
        signalled(config, 3, times=n_signals).to_disk(path)
        found, printed = run("train", path, *arguments)
        assert found == code and told in printed and "Traceback" not in printed
        typed = f"python -m spacy bert train '{path}' --output {output} --training.max_steps 9 --resume"
        assert f"Resume:\n{typed}\n" in printed
    found, printed = run("train", path, *arguments[2:])
    assert found == 130 and "Without `--output` nothing is saved" in printed
    assert f"Begin anew:\npython -m spacy bert train '{path}' --training.max_steps 9\n" in printed


@pytest.mark.usefixtures("heard_signals")
def test_a_stop_before_the_first_step_says_what_there_is(
    bert_folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_config(bert_folder, write_corpus(tmp_path / "corpus.spacy", 2), max_steps=2).to_disk(tmp_path / "config.cfg")
    arguments = ["train", tmp_path / "config.cfg", "--output", tmp_path / "out", "--code", crash.__file__]
    assert run(*arguments)[0] == 0

    def interrupted(*_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr("spacy_bert_ext.cli.training.init_nlp", interrupted)
    code, printed = run(*arguments)
    assert code == 143 and "Stopped before a state was saved" in printed and "--resume" not in printed
    code, printed = run(*arguments, "--resume")
    assert code == 143 and "The saved state is as it was" in printed and "--resume" in printed
