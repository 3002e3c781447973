"""The command line of `python -m spacy bert quick`."""

from pathlib import Path

import pytest

from spacy_bert_ext.cli.quick import run as module
from spacy_bert_ext.cli.quick.request import Request
from tests.cli.runner import run


def test_options_reach_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[tuple[Request, bool]] = []
    monkeypatch.setattr(module, "run_quick", lambda request, force: found.append((request, force)))
    options = ("--encoder", "e", "--epochs", "3", "--name", "n", "--force")
    code, output = run(
        "quick", "data.csv", "-t", "ner", "-l", "de", "-o", tmp_path / "out", *options, "--columns", "1,2", "--a.b", "c"
    )
    assert code == 0, output
    others = ("--columns", "1,2", "--a.b", "c")
    assert found == [
        (
            Request(
                "data.csv",
                "ner",
                lang="de",
                output=tmp_path / "out",
                encoder="e",
                epochs=3,
                name="n",
                others=others,
            ),
            True,
        )
    ]


def test_what_is_needed_has_to_be_given(tmp_path: Path) -> None:
    code, output = run("quick", "data.csv", "--task", "ner", "--lang", "en")
    assert code == 2 and "--output" in output
