"""What all factories have in common is tested in `tests/test_factories.py`."""

import spacy

from spacy_bert_ext.factories.questions import QA


def test_its_settings():
    head = spacy.blank("en").add_pipe("bert_qa", config={"questions": ["Who came?"], "max_answer_tokens": 3})
    assert head.cfg["spans_key"] == QA["spans_key"] == "answers" and head.cfg["threshold"] == QA["threshold"]
    assert head.questions == {"Who came?": "Who came?"} and head.max_answer_tokens == 3
