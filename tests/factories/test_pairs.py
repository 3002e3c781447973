"""What all factories have in common is tested in `tests/test_factories.py`."""

import spacy

from spacy_bert_ext.pipeline.pairs.numbers import AnyNumber, InRange
from tests.coded import raises_code


def test_settings_reach_the_heads():
    nlp = spacy.blank("en")
    head = nlp.add_pipe("bert_textpair", config={"border": "###", "threshold": 0.7})
    assert head.border == "###" and head.cfg["threshold"] == 0.7
    head = nlp.add_pipe("bert_textpair_score", config={"border": "###", "score_range": [0, 5]})
    assert head.border == "###" and head.kind == InRange(0.0, 5.0)
    assert isinstance(nlp.add_pipe("bert_textpair_score", "any", config={"score_range": None}).kind, AnyNumber)


def test_bad_settings_are_refused():
    nlp = spacy.blank("en")
    with raises_code("B010", match="border"):
        nlp.add_pipe("bert_textpair", config={"border": " "})
    with raises_code("B010", match="score_range"):
        nlp.add_pipe("bert_textpair_score", config={"score_range": [1, 0]})
