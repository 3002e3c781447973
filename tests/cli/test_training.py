"""What `train` and `pretrain` have in common; each command's own tests stand beside."""

from pathlib import Path

import pytest
from thinc.api import Config

from spacy_bert_ext.cli.training import Call, train_by
from spacy_bert_ext.training.resuming.kinds import ORDINARY
from tests.training.resuming.runs import make_config, write_corpus


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
