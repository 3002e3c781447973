"""What `spacy bert convert` tells."""

import json
from pathlib import Path

from tests.cli.runner import run
from tests.conversion.written import read_docs, write_lines

ROW = {"context": "Ada saw Rome", "question": "Where?", "answers": [{"text": "Rome", "start": 8}]}
WRONG = {**ROW, "answers": [{"text": "ome", "start": 9}]}


def test_counts_and_faults_are_told(tmp_path: Path) -> None:
    source = write_lines(tmp_path / "rows.jsonl", [ROW, *[WRONG] * 22])
    target, faults = tmp_path / "train.spacy", tmp_path / "faults.jsonl"
    code, output = run("convert", source, target, "--task", "qa", "--faults", faults)
    assert code == 0 and "answers left out" in output and "2 more in" in output
    assert len(read_docs(target)) == 1
    listed = [json.loads(line) for line in faults.read_text("utf8").splitlines()]
    assert len(listed) == 22 and listed[0]["place"].endswith("line 2") and "fit tokens" in listed[0]["reason"]
    code, output = run("convert", source, target, "--task", "qa")
    assert code == 0 and "--faults FILE" in output
    code, output = run("convert", source, target, "--task", "qa", "--snap", "--max-questions", "0")
    assert code == 0 and len(read_docs(target)) == 1 and "left out" not in output
