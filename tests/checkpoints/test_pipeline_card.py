"""The model card of a pipeline: its tasks follow from what its factories declare to assign."""

import subprocess
import sys
from typing import Any

import pytest
import srsly
from spacy.language import Language

from spacy_bert_ext.checkpoints.pipeline_card import pipeline_card

META: dict[str, Any] = {"lang": "en", "name": "demo", "pipeline": ["x"], "labels": {"x": ["A", "B|C"], "y": []}}


@Language.component("assigns_parts_of_speech", assigns=["token.pos"])
def assign_parts_of_speech(doc):
    return doc


def card(*factories: str) -> str:
    return pipeline_card(META, {"components": {name: {"factory": name} for name in factories}}, "someone/en_demo")


@pytest.mark.parametrize(
    ("factories", "tasks"),
    [
        (["bert_encoder"], []),
        (["bert_encoder", "bert_ner"], ["token-classification"]),
        (["bert_textcat", "bert_textcat_multilabel", "bert_ner"], ["text-classification", "token-classification"]),
        (["tagger", "textcat"], ["token-classification", "text-classification"]),
        (["bert_encoder", "bert_textpair_score"], ["text-ranking"]),
        (["bert_encoder", "spancat"], ["token-classification"]),
        (["bert_qa", "bert_ner"], ["question-answering", "token-classification"]),
        (["assigns_parts_of_speech"], ["token-classification"]),
        (["from_a_package_that_is_not_installed"], []),
    ],
)
def test_tasks_follow_from_what_is_assigned(factories: list[str], tasks: list[str]) -> None:
    _, front_matter, _ = card(*factories).split("---\n", 2)
    assert srsly.yaml_loads(front_matter)["tags"] == ["spacy", *tasks]


def test_tasks_are_known_before_a_pipeline_is_loaded() -> None:
    """As by `push`, which loads none."""
    lines = (
        "from spacy_bert_ext.checkpoints.pipeline_card import pipeline_card",
        "meta = {'lang': 'en', 'name': 'demo', 'pipeline': ['spans']}",
        "config = {'components': {'spans': {'factory': 'bert_spancat', 'spans_key': 'sc'}}}",
        "print(pipeline_card(meta, config, 'someone/en_demo'))",
    )
    found = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=True)
    assert "- token-classification" in found.stdout and '- `spans`: `doc.spans["sc"]`' in found.stdout


def test_it_is_told_where_spans_are() -> None:
    components = {
        "genes": {"factory": "spancat", "spans_key": "own"},
        "rules": {"factory": "span_ruler", "spans_key": None},
        "ner": {"factory": "ner"},
    }
    meta = {**META, "performance": {"spans_own_f": 0.75, "spans_own_per_type": {"A": {"f": 0.5}}}}
    text = pipeline_card(meta, {"components": components}, "someone/en_demo")
    assert '\n## Spans\n\n- `genes`: `doc.spans["own"]`\n\n## Labels' in text
    assert "| spans_own_f | 0.7500 |" in text and "spans_own_per_type" not in text
    assert "## Spans" not in card("bert_ner")


def test_labels_are_in_a_table_and_it_is_told_how_to_load() -> None:
    text = card("bert_ner")
    assert "| `x` | `A`, `B\\|C` |" in text and "`y`" not in text
    assert 'spacy.load(snapshot_download("someone/en_demo"))' in text


def test_an_int8_pipeline_tells_what_it_needs() -> None:
    asked = "spacy-bert-ext[openvino]>=0.1.0,<0.2.0"
    meta = {**META, "requirements": ["other>=1", asked], "notes": "The encoder is int8."}
    text = pipeline_card(meta, {"components": {}}, "someone/en_demo")
    assert f'pip install "{asked}" huggingface-hub' in text and "\nThe encoder is int8.\n" in text
