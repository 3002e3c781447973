"""`python -m spacy bert push`, to a stand-in of the hub."""

from pathlib import Path

from tests.checkpoints.hub import REPOSITORY, Hub
from tests.cli.runner import run


def test_it_prints_size_and_address(hub: Hub, pipeline: Path, tmp_path: Path) -> None:
    code, output = run("push", pipeline, REPOSITORY)
    assert code == 0 and "MB" in output and f"{hub.address}/{REPOSITORY}/commit/0123" in " ".join(output.split())
    code, output = run("push", tmp_path, REPOSITORY)
    assert code == 1 and "B066" in output
