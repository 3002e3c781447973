"""What `spacy bert convert` tells."""

import json
import re
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


def test_parts_and_a_table_of_labels(tmp_path: Path) -> None:
    rows = [{"text": f"Review {i}", "cats": {"good": i % 2, "bad": 1 - i % 2}} for i in range(20)]
    source = write_lines(tmp_path / "rows.jsonl", rows)
    options = ("--task", "textcat", "--split", "50/50", "--format", "prodigy")
    code, output = run("convert", source, tmp_path / "corpus", *options)
    assert (
        code == 0 and re.search(r"label +train +dev\n", output) and (row := re.search(r"good +(\d+) +(\d+)\n", output))
    )
    assert int(row[1]) + int(row[2]) == 10 and 9 <= len(read_docs(tmp_path / "corpus" / "dev.spacy")) <= 11
    assert f"--epochs 4 --train {tmp_path / 'corpus' / 'train.spacy'} --dev" in output


def test_to_a_tool_and_back(tmp_path: Path) -> None:
    row = {"text": "Ada saw Rome", "spans": [{"start": 0, "end": 3, "label": "PER"}]}
    source, gold = write_lines(tmp_path / "rows.jsonl", [row]), tmp_path / "gold.spacy"
    assert run("convert", source, gold, "--task", "ner", "--format", "prodigy")[0] == 0
    code, output = run("convert", gold, tmp_path / "table.csv", "--task", "ner", "--to", "csv")
    assert code == 0 and "PER" in output
    code, _ = run("convert", tmp_path / "table.csv", tmp_path / "again.spacy", "--task", "ner")
    (doc,) = read_docs(tmp_path / "again.spacy")
    assert code == 0 and [(ent.text, ent.label_) for ent in doc.ents] == [("Ada", "PER")]


def test_options_that_do_not_go_together(tmp_path: Path) -> None:
    source = write_lines(tmp_path / "rows.jsonl", [{"text": "one", "spans": []}])
    for options, code_ in (
        (("--least-sure", "3"), "B496"),
        (("--to", "csv", "--split", "80/20"), "B497"),
        (("--to", "csv", "--pipeline", "en_core"), "B497"),
        (("--columns", "x=1"), "B506"),
    ):
        code, output = run("convert", source, tmp_path / "out", "--task", "ner", *options)
        assert code == 1 and code_ in output and "Traceback" not in output


def test_options_that_are_read(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("\ufeffnegative \npositive\n\n")
    (tmp_path / "reviews.csv").write_text("Good,1\nBad,0\n")
    options = ("--no-header", "--columns", "text=1,label=2", "--label-names", tmp_path / "names.txt")
    code, output = run("convert", tmp_path / "reviews.csv", tmp_path / "all.spacy", "--task", "textcat", *options)
    assert code == 0, output
    assert [doc.cats["positive"] for doc in read_docs(tmp_path / "all.spacy")] == [1, 0]
    (tmp_path / "names.txt").write_text("negative\n\npositive\n")
    code, output = run("convert", tmp_path / "reviews.csv", tmp_path / "all.spacy", "--task", "textcat", *options)
    assert code == 1 and "B581" in output and "line 2" in output


def test_odd_labels_are_told(tmp_path: Path) -> None:
    cats = ["Very good", "Very good", "very-good", "bad"]
    source = write_lines(tmp_path / "a.jsonl", [{"text": f"{i} a", "cats": {one: 1}} for i, one in enumerate(cats)])
    code, output = run("convert", source, tmp_path / "a.spacy", "--task", "textcat", "--format", "prodigy")
    told = " ".join(output.split())
    assert code == 0 and "'very-good' may mean 'Very good': `--rename 'very-good=Very good'`" in told
    assert "'bad'" not in told and "one category" not in told
    write_lines(source, [{"text": "a", "cats": {"bad": 1}}])
    _, output = run("convert", source, tmp_path / "a.spacy", "--task", "textcat", "--format", "prodigy")
    assert "There is one category alone" in output


def test_many_lost_spans_are_told(tmp_path: Path) -> None:
    spans = [{"start": start, "end": 3, "label": "X"} for start in (0, 1, 2)]
    source = write_lines(tmp_path / "a.jsonl", [{"text": "Ada ran", "spans": spans}])
    _, output = run("convert", source, tmp_path / "a.spacy", "--task", "ner", "--format", "prodigy")
    assert "More spans were left out (2) than kept (1)" in output


def test_the_source_is_not_replaced(tmp_path: Path) -> None:
    source = write_lines(tmp_path / "a.jsonl", [{"text": "Ada ran", "spans": [], "meta": 1}])
    before = source.read_bytes()
    code, output = run("convert", source, source, "--task", "ner", "--to", "doccano")
    assert code == 1 and "B583" in output and source.read_bytes() == before
