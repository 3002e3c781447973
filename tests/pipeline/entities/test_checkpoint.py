"""`bert_ner` from and as a checkpoint of transformers."""

import pytest

from spacy_bert_ext.pipeline.entities.checkpoint import differences_of, import_entities
from spacy_bert_ext.pipeline.imported import Classifier
from tests.coded import raises_code

SAME = {"decoder": "greedy", "pooling": "first", "scheme": "BIO", "min_score": 0.0}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, {}),
        ({"scheme": "IO"}, {}),
        ({"scheme": "BILUO", "min_score": 0.5}, {"scheme": ("BILUO", "BIO"), "min_score": (0.5, 0.0)}),
        ({"decoder": "crf", "pooling": "mean"}, {"decoder": ("crf", "greedy"), "pooling": ("mean", "first")}),
    ],
)
def test_settings_that_transformers_has_otherwise(changed: dict, expected: dict) -> None:
    assert differences_of({**SAME, **changed}) == expected


def test_tags_are_read_and_labels_renamed() -> None:
    names = ["O", "B-PER", "I-PER", "[PAD]"]
    found = import_entities(Classifier("folder", names, None, None, {"PER": "PERSON"}))
    assert found.factory == "bert_ner" and found.labels == ["PERSON"]
    assert found.names == ["O", "B-PERSON", "I-PERSON", "[PAD]"]
    assert found.settings["scheme"] == "BIO" and found.settings["decoder"] == "greedy"
    with raises_code("B044"):
        import_entities(Classifier("folder", names, None, None, {"LOC": "GPE"}))
