"""`python -m spacy bert evaluate`, called as its users call it."""

import json
import re
from pathlib import Path

import pytest
import spacy
import torch
from spacy.tokens import DocBin

from spacy_bert_ext.pipeline.bert_encoder import BertEncoder
from tests.annotated import make_examples
from tests.cli.runner import run
from tests.evaluation.annotated import set_group
from tests.pipeline.pipelines import learn, make_initialized


@pytest.fixture(scope="module")
def folder(bert_folder: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pipeline, and a corpus."""
    folder = tmp_path_factory.mktemp("evaluate")
    nlp = make_initialized(bert_folder, ("bert_ner", "bert_textcat"))
    learn(nlp, steps=5)
    nlp.to_disk(folder / "pipeline")
    DocBin(docs=[eg.reference for eg in make_examples(nlp)]).to_disk(folder / "dev.spacy")
    DocBin(docs=[]).to_disk(folder / "empty.spacy")
    return folder


def test_evaluate_writes_a_report(folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "report"
    for _ in range(2):
        code, printed = run("evaluate", folder / "pipeline", folder / "dev.spacy", "--output", output)
        assert code == 0, printed
    assert "entities, F" in printed and "bert_textcat, accuracy" in printed and "3 Docs" in printed
    scores = json.loads((output / "scores.json").read_text(encoding="utf8"))
    assert scores["entities"]["docs"] == 3 and list(scores["categories"]) == ["bert_textcat"]
    page = (output / "index.html").read_text(encoding="utf8")
    assert "bert_encoder → bert_ner → bert_textcat" in page


def test_spans_are_told_of_with_those_that_nest(folder: Path, tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("span_ruler", config={"spans_key": "sc"})
    ruler.add_patterns([{"label": "PERSON", "pattern": "Angela Merkel"}, {"label": "NAME", "pattern": "Merkel"}])
    docs = list(DocBin().from_disk(folder / "dev.spacy").get_docs(nlp.vocab))
    for doc in docs:
        del doc.spans["sc"]
    set_group(docs[0], (0, 2, "PERSON"), (1, 2, "NAME"), (3, 5, "PERSON"))
    set_group(docs[0], (0, 2, "PERSON"), key="<other>")
    DocBin(docs=docs).to_disk(tmp_path / "dev.spacy")
    nlp.to_disk(tmp_path / "pipeline")
    output = tmp_path / "report"
    code, printed = run("evaluate", tmp_path / "pipeline", tmp_path / "dev.spacy", "--output", output)
    assert code == 0, printed
    assert re.search(r"spans sc, F +80\.0", printed) and re.search(r"spans sc, nested, F +100\.0", printed)
    scores = json.loads((output / "scores.json").read_text(encoding="utf8"))
    assert scores["spans"]["sc"]["docs_without_annotation"] == 2 and scores["entities"] is None
    assert "Keys of `doc.spans` that no component writes to: <other> (1 Docs)" in printed
    page = (output / "index.html").read_text(encoding="utf8")
    assert "Spans: <code>sc</code>" in page and "&lt;other&gt; (1 Docs), answers (2 Docs)." in page


def test_evaluate_warns_of_categories_that_it_does_not_know(folder: Path, tmp_path: Path) -> None:
    docs = list(DocBin().from_disk(folder / "dev.spacy").get_docs(spacy.blank("en").vocab))
    docs[0].cats = {"weather": 1.0}
    DocBin(docs=docs).to_disk(tmp_path / "dev.spacy")
    code, printed = run("evaluate", folder / "pipeline", tmp_path / "dev.spacy", "--output", tmp_path / "report")
    assert code == 0 and "Categories that no component predicts: weather (1 Docs)" in printed
    scores = json.loads((tmp_path / "report" / "scores.json").read_text(encoding="utf8"))
    assert scores["unknown_categories"] == {"weather": 1} and scores["categories"]["bert_textcat"]["docs"] == 2
    assert "weather (1 Docs)." in (tmp_path / "report" / "index.html").read_text(encoding="utf8")


def test_evaluate_names_what_is_wrong(folder: Path, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "notes.txt").write_text("mine")
    code, printed = run("evaluate", folder / "absent", folder / "dev.spacy", "--output", taken)
    assert code == 1 and "B032" in printed  # before anything is loaded
    code, printed = run("evaluate", folder / "absent", folder / "dev.spacy", "--output", tmp_path / "report")
    assert code == 1 and "E050" in printed
    code, printed = run("evaluate", folder / "pipeline", folder / "empty.spacy", "--output", tmp_path / "report")
    assert code == 1 and "B095" in printed
    assert not (tmp_path / "report").exists()


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without a GPU")
def test_a_gpu_that_is_not_there_is_refused(folder: Path, tmp_path: Path) -> None:
    arguments = ("evaluate", folder / "pipeline", folder / "dev.spacy", "--output", tmp_path / "report", "--gpu-id", 0)
    code, printed = run(*arguments)
    assert code == 1 and "[B011]" in printed and "CuPy" not in printed


def test_gpu_id_moves_the_encoders(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved = []
    monkeypatch.setattr(BertEncoder, "to", lambda self, device: moved.append(device))
    arguments = ("evaluate", folder / "pipeline", folder / "dev.spacy", "--output", tmp_path / "report")
    assert run(*arguments, "--gpu-id", 1)[0] == 0 and moved == ["cuda:1"]
    assert run(*arguments)[0] == 0 and moved == ["cuda:1"]
