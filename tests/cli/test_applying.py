"""What `apply` prints, and how it ends."""

import io
import json
import sys
from pathlib import Path

import pytest

from spacy_bert_ext.cli import applying
from tests.cli.runner import run
from tests.scale.ruled import save_ruled


@pytest.fixture(scope="module")
def ruled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_ruled(tmp_path_factory.mktemp("ruled") / "pipeline")


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    path = tmp_path / "in.txt"
    path.write_bytes(b"Ada moved\nIt rained\n\xff\n")
    return path


def test_rows_and_errors_are_told(ruled: Path, texts: Path, tmp_path: Path) -> None:
    code, printed = run("apply", ruled, texts, tmp_path / "out.csv")
    assert code == 0 and "3 rows in" in printed and "done before" not in printed
    assert "1 of 3 rows have an error, and no annotations" in printed
    assert "1: no UTF-8: byte 0xff at character …" in printed
    assert (tmp_path / "out.csv").read_text(encoding="utf8").startswith("text,ents,error\nAda moved,")


def test_many_reasons_are_told_by_number(ruled: Path, tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    lines = ['{"text": "a"}', *(json.dumps([chr(97 + i)]) for i in range(12))]
    path.write_text("\n".join(lines), encoding="utf8")
    code, printed = run("apply", ruled, path, tmp_path / "out.jsonl")
    assert code == 0 and "12 of 13 rows" in printed and "2 other reasons" in printed


def test_standard_output_has_nothing_but_rows(ruled: Path, texts: Path) -> None:
    code, printed = run("apply", ruled, "-", "-", "--columns", "ents", input="Ada\nEva\n")
    rows = [json.loads(line[line.index("{") :]) for line in printed.splitlines() if "{" in line]  # behind the bar
    assert code == 0 and [row["text"] for row in rows] == ["Ada", "Eva"]
    code, printed = run("apply", ruled, texts, "-", "--to", "conll")
    assert code == 0 and "Ada\tB-PERSON\nmoved\tO\n" in printed and "rows in" not in printed
    code, printed = run("apply", ruled, "nowhere.txt", "-")
    assert code == 1 and "[B526]" in printed


def test_what_is_wrong_is_told_in_a_line(ruled: Path, texts: Path, tmp_path: Path) -> None:
    for arguments, message in {
        (ruled, texts, "out.pdf"): "[B525]",
        (ruled, "nowhere.txt", "out.csv"): "[B526]",
        ("nowhere", texts, "out.csv"): "[B520]",
        (ruled, texts, "out.csv", "--columns", "entities"): "[B010]",
        (ruled, texts, "out.csv", "--given", "pair"): "EXTENSION=COLUMN",
        (ruled, texts, "out.csv", "--engine", "local", "--workers", 2): "[B533]",
    }.items():
        code, printed = run("apply", *arguments)
        assert code == 1 and message in printed


def test_a_stopped_job_says_how_it_goes_on(ruled: Path, texts: Path, tmp_path: Path, monkeypatch) -> None:
    output = tmp_path / "out.jsonl"

    def stop(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(applying, "apply", stop)
        code, printed = run("apply", ruled, texts, output)
        assert code == 130 and "Stopped. The same command goes on." in printed
    with monkeypatch.context() as patch:
        patch.setattr(applying, "pipeline_folder", stop)
        code, printed = run("apply", ruled, texts, "-")
        assert code == 130 and "Stopped." in printed and "goes on" not in printed
    monkeypatch.setattr(applying, "apply", lambda *_, **__: applying.Summary(3, 2, {}))
    code, printed = run("apply", ruled, texts, output)
    assert code == 0 and "2 rows were done before" in printed


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_bar_tells_rows_and_rate(monkeypatch) -> None:
    monkeypatch.setattr(sys, "stderr", Terminal())
    bar = applying._Bar(100)
    bar.tell(10, 20)
    bar.tell(30, 60)
    shown = str(bar._bar)
    bar.close()
    assert "60%" in shown and "30 texts" in shown


def test_the_input_is_not_replaced(ruled: Path, texts: Path) -> None:
    before = texts.read_bytes()
    code, printed = run("apply", ruled, texts, texts, "--to", "jsonl", "--force")
    assert code == 1 and "[B583]" in printed and texts.read_bytes() == before
