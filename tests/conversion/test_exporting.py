"""Docs for annotation tools."""

from pathlib import Path
from typing import Any

import pytest
import spacy
import srsly
from spacy.tokens import DocBin, Span, SpanGroup

from spacy_bert_ext.conversion.exporting import export_file
from spacy_bert_ext.conversion.findings import Findings
from spacy_bert_ext.pipeline.scores import SCORE, add_scores
from tests.coded import raises_code
from tests.conversion.written import write_lines


@pytest.fixture
def predicted(tmp_path: Path) -> Path:
    docs = DocBin(store_user_data=True)
    for i, score in enumerate((0.9, 0.3, 0.6)):
        doc = spacy.blank("en")(f"Ada saw Rome {i}")
        doc.set_ents([Span(doc, 0, 1, "PER")])
        add_scores(doc, [(0, 0, "PER", score)], SCORE)
        doc.spans["sc"] = SpanGroup(doc, name="sc", spans=[Span(doc, 2, 3, "LOC")])
        doc.cats = {"a": score, "b": 1 - score}
        docs.add(doc)
    docs.to_disk(tmp_path / "predicted.spacy")
    return tmp_path / "predicted.spacy"


def export(source: Path, task: str, **options: Any) -> tuple[list[dict[str, Any]], Findings]:
    target = source.parent / "tasks.jsonl"
    findings = export_file(source, target, task, **{"to": "prodigy", "given": {}, **options})
    return list(srsly.read_jsonl(target)), findings


def test_predictions_with_their_scores(predicted: Path) -> None:
    rows, findings = export(predicted, "ner")
    assert [row["text"] for row in rows] == ["Ada saw Rome 0", "Ada saw Rome 1", "Ada saw Rome 2"]
    assert [(span["start"], span["end"], span["label"]) for span in rows[0]["spans"]] == [(0, 3, "PER")]
    assert [row["spans"][0]["score"] for row in rows] == pytest.approx([0.9, 0.3, 0.6])
    assert findings.counts["texts"] == 3 and findings.labels == {"": {"PER": 3}}
    rows, findings = export(predicted, "spans")
    assert rows[0]["spans"][0]["label"] == "LOC" and findings.labels == {"": {"LOC": 3}}


def test_labels_of_docs_get_other_names(predicted: Path) -> None:
    rows, findings = export(predicted, "ner", given={"rename": {"PER": "person"}})
    assert rows[0]["spans"][0]["label"] == "person" and findings.labels == {"": {"person": 3}}


def test_the_least_sure(predicted: Path) -> None:
    rows, _ = export(predicted, "ner", n_least_sure=2)
    assert [row["text"][-1] for row in rows] == ["1", "2"]
    rows, _ = export(predicted, "textcat", n_least_sure=1)
    assert [row["text"][-1] for row in rows] == ["2"]
    with raises_code("B494"):
        export(predicted, "spans", n_least_sure=1)


def test_from_one_tool_to_another(tmp_path: Path) -> None:
    source = write_lines(tmp_path / "in.jsonl", [{"text": "Ada", "spans": [{"start": 0, "end": 3, "label": "PER"}]}])
    rows, _ = export(source, "ner", given={"format": "prodigy"})
    assert rows[0]["spans"][0]["label"] == "PER"


def test_wrong_requests(predicted: Path) -> None:
    with raises_code("B495", match="'qa'.*ner, spans"):
        export(predicted, "qa")
    with raises_code("B478"):
        export(predicted, "x")
    with raises_code("B498", match="prodigy"):
        export(predicted, "ner", to="spacy")
    with raises_code("B483"):
        DocBin().to_disk(predicted)
        export(predicted, "ner")
    assert [path.name for path in predicted.parent.iterdir()] == ["predicted.spacy"]


def test_texts_that_are_empty_are_left_out(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    DocBin(docs=[nlp("Ada"), nlp(""), nlp(" \n")]).to_disk(tmp_path / "predicted.spacy")
    rows, findings = export(tmp_path / "predicted.spacy", "ner")
    assert [row["text"] for row in rows] == ["Ada"]
    assert findings.counts == {"texts": 1, "texts left out": 2}
    assert findings.faults[0].place.endswith("predicted.spacy, Doc 2")


def test_tables_with_tabs_by_their_ending(predicted: Path) -> None:
    target = predicted.parent / "tasks.tsv"
    export_file(predicted, target, "textcat", to="csv", given={})
    assert target.read_text("utf8").splitlines()[0] == '"text"\t"label"\t"scores"\t"spans"\t"document"'
