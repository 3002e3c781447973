"""Arguments of `python -m spacy bert convert`."""

from pathlib import Path

from tests.cli.runner import run
from tests.conversion.written import given, read_docs, write_lines

ROW = {"context": "Ada saw Rome", "question": "Where?", "answers": [{"text": "Rome", "start": 8}]}


def test_pairs_with_other_names(tmp_path: Path) -> None:
    source, target = tmp_path / "pairs.tsv", tmp_path / "train.spacy"
    source.write_text("1\tA\tB\n0\tC\tD\n")
    options = ("--columns", "2, 3, 1", "--rename", "1=yes", "--rename", "0=no", "--lang", "de")
    code, output = run("convert", source, target, "--task", "pairs", *options)
    assert code == 0 and "yes" in output
    docs = read_docs(target, "de")
    assert [given(doc, "pair") for doc in docs] == ["B", "D"] and docs[0].cats == {"no": 0.0, "yes": 1.0}


def test_a_file_that_is_not_there_is_told_as_such(tmp_path: Path) -> None:
    for options in (("--task", "qa"), ("--task", "ner", "--format", "prodigy", "--to", "csv")):
        code, output = run("convert", tmp_path / "nothere.jsonl", tmp_path / "out.spacy", *options)
        assert code == 1 and "B232" in output and "nothere.jsonl" in output and "B200" not in output


def test_what_is_wrong_is_told_in_one_message(tmp_path: Path) -> None:
    source = write_lines(tmp_path / "rows.jsonl", [ROW])
    for options, code_ in (
        (("--task", "x"), "B478"),
        (("--task", "qa", "--number"), "B485"),
        (("--task", "pairs", "--rename", "a"), "B010"),
    ):
        code, output = run("convert", source, tmp_path / "train.spacy", *options)
        assert code == 1 and code_ in output and "Traceback" not in output
    assert not (tmp_path / "train.spacy").exists()
