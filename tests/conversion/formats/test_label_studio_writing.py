"""Tasks for Label Studio."""

import json
from pathlib import Path
from typing import Any

from spacy_bert_ext.conversion.findings import Findings
from spacy_bert_ext.conversion.formats.label_studio_writing import write
from spacy_bert_ext.conversion.formats.options import WriteOptions
from spacy_bert_ext.conversion.records import Mark, Record


def written(path: Path, record: Record, **options: Any) -> Any:
    write([record], path, WriteOptions(**options), Findings())
    (task,) = json.loads(path.read_text("utf8"))
    return task


def test_annotations(tmp_path: Path) -> None:
    record = Record(
        "", "Ada ran", marks=(Mark(0, 3, "PER"),), cats={"a": 1.0, "b": 0.0}, document="d", fields={"id": 3}
    )
    region = {"id": "span0", "from_name": "label", "to_name": "text", "type": "labels"}
    choice = {"id": "category", "from_name": "category", "to_name": "text", "type": "choices"}
    assert written(tmp_path / "a", record) == {
        "id": 3,
        "data": {"text": "Ada ran", "document": "d", "cat_scores": {"a": 1.0, "b": 0.0}},
        "annotations": [
            {
                "result": [
                    {**region, "value": {"start": 0, "end": 3, "text": "Ada", "labels": ["PER"]}},
                    {**choice, "value": {"choices": ["a"]}},
                ]
            }
        ],
    }
    assert written(tmp_path / "a", Record("", "x", fields={"id": "n"})) == {"data": {"text": "x", "id": "n"}}
    assert written(tmp_path / "a", Record("", "x", marks=()))["annotations"] == [{"result": []}]


def test_predictions(tmp_path: Path) -> None:
    record = Record("", "Ada ran", marks=(Mark(0, 3, "PER", 0.9),), cats={"a": 0.6, "b": 0.4})
    task = written(tmp_path / "a", record, exclusive=True)
    (prediction,) = task["predictions"]
    assert prediction["score"] == 0.6 and prediction["model_version"] == "spacy-bert-ext"
    assert [result["score"] for result in prediction["result"]] == [0.9, 0.6] and "annotations" not in task
    assert "annotations" in written(tmp_path / "a", record, predicted=False)
    assert "score" not in written(tmp_path / "a", Record("", "x", marks=()), predicted=True)["predictions"][0]
