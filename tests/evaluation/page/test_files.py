import json
from pathlib import Path

import pytest

from spacy_bert_ext.evaluation.page.files import check_output, write_report
from tests.evaluation.reports import wild_report


def test_a_report_replaces_a_report(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "report"
    report = wild_report()
    for _ in range(2):
        check_output(folder)
        write_report(report, folder)
        assert {path.name for path in folder.iterdir()} == {"scores.json", "index.html"}
    assert json.loads((folder / "scores.json").read_text(encoding="utf8")) == report.scores
    assert [path.name for path in folder.parent.iterdir()] == ["report"]


@pytest.mark.parametrize("names", [["notes.txt"], ["index.html"], ["scores.json", "index.html", "notes.txt"]])
def test_nothing_else_is_replaced(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).write_text("mine")
    for attempt in (lambda: check_output(tmp_path), lambda: write_report(wild_report(), tmp_path)):
        with pytest.raises(ValueError, match=r"\[B(032|551)\]"):
            attempt()
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == dict.fromkeys(names, "mine")
