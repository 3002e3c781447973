"""`python -m spacy bert apply`: its options reach the job."""

import json
from pathlib import Path

import pytest

from tests.cli.runner import run
from tests.scale.ruled import ADA, save_ruled


@pytest.fixture(scope="module")
def ruled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_ruled(tmp_path_factory.mktemp("ruled") / "pipeline")


def test_texts_get_columns(ruled: Path, tmp_path: Path) -> None:
    source, output = tmp_path / "in.csv", tmp_path / "out.jsonl"
    source.write_text("id,body,other\n1,Ada moved,x\n2,It rained,y\n3,Ada moved to Rome,z\n", encoding="utf8")
    code, printed = run(
        "apply",
        *(ruled, source, output),
        *("--text-column", "body", "--max-chars", 12, "--prefix", "our_", "--given", "pair = other"),
        *("--columns", "ents, cats", "--batch-size", 1, "--engine", "local", "--devices", "cpu"),
    )
    assert code == 0, printed
    first, second, third = [json.loads(line) for line in output.read_text(encoding="utf8").splitlines()]
    of_input = {"id": "1", "body": "Ada moved", "other": "x"}
    assert first == {**of_input, "our_ents": [ADA], "our_cats": [], "our_error": None}
    assert second["our_ents"] == [] and third["our_error"].startswith("too long: 17 characters")


def test_help_tells_all_options() -> None:
    code, printed = run("apply", "--help")
    assert code == 0 and "--address" in printed and "goes on by the same command" in " ".join(printed.split())
