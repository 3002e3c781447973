"""Whole runs of `spacy bert quick`, from a file of data to a package, and what they tell at last."""

import csv
import json
import zipfile
from pathlib import Path

import pytest
import spacy

from tests.cli.runner import run

WORDS = {"sport": "the striker scored against Madrid", "news": "the president met the chancellor"}


def write_table(path: Path, n: int) -> Path:
    with path.open("w", newline="", encoding="utf8") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        writer.writerows([f"{WORDS[label]} {i} times", label] for i in range(n // 2) for label in WORDS)
    return path


def write_questions(path: Path, n: int) -> Path:
    contexts = [f"Angela met {i} men in Berlin" for i in range(n)]
    answers = [[{"text": "Berlin", "start": context.index("Berlin")}] for context in contexts]
    lines = [{"context": one, "question": "Where?", "answers": given} for one, given in zip(contexts, answers)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf8")
    return path


def test_a_table_becomes_a_package(bert_folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = write_table(tmp_path / "Some reviews.csv", 60)
    options = ("--task", "textcat", "--lang", "en", "--output", tmp_path / "out", "--encoder", bert_folder)
    code, output = run("quick", data, *options, "--epochs", "1", "--training.seed", "3")
    assert code == 0, output
    ending = output.split("Done in")[1]
    assert "bert_textcat, accuracy" in ending and f"Report:   {tmp_path}/out/report/index.html" in ending
    (wheel,) = (tmp_path / "out" / "packages").glob("en_some_reviews-*.whl")
    assert f"Package:  {wheel}\n" in ending and f"pip install {wheel} {wheel.parent}/spacy_bert_ext-" in ending
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    lines = [line.strip() for line in ending.split("Use:")[1].strip().splitlines()]
    assert len(lines) == 4 and lines[1] == 'nlp = spacy.load("en_some_reviews")'
    namespace: dict = {}
    exec("\n".join(lines), namespace)  # noqa: S102
    assert namespace["doc"].text.startswith("the ") and set(namespace["doc"].cats) == {"sport", "news"}
    assert spacy.load(tmp_path / "out" / "training" / "model-best").config["training"]["seed"] == 3
    code, output = run("quick", data, *options, "--epochs", "1", "--training.seed", "3")
    assert code == 0 and output.count("done before") == 7 and "Package:  " in output


def test_a_question_of_the_data_is_shown(bert_folder: str, tmp_path: Path) -> None:
    data = write_questions(tmp_path / "questions.jsonl", 40)
    options = ("--task", "qa", "--lang", "en", "--output", tmp_path / "out", "--encoder", bert_folder, "--epochs", "1")
    code, output = run("quick", data, *options, "--training.eval_frequency", "100")
    assert code == 0, output
    assert "print(nlp.get_pipe('bert_qa').answer(doc, 'Where?'))" in output
