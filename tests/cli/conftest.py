"""A config that `init-config` has written."""

from pathlib import Path

import pytest

from tests.checkpoints.hub import hub, pipeline  # noqa: F401
from tests.cli.runner import run
from tests.training.resuming.signals import heard_signals  # noqa: F401


@pytest.fixture
def config(bert_folder: str, tmp_path: Path) -> Path:
    path = tmp_path / "config.cfg"
    assert run("init-config", path, "--task", "joint", "--encoder", bert_folder)[0] == 0
    path.write_text(path.read_text(encoding="utf8").replace("window_pieces = 256", "window_pieces = 128"))
    return path
