"""The component that settings ask for."""

import pytest
import spacy

from spacy_bert_ext.pipeline.bert_summarizer import BertSummarizer
from spacy_bert_ext.pipeline.untrained_summarizer import UntrainedSummarizer
from tests.coded import raises_code


@pytest.mark.parametrize(
    ("config", "kind"),
    [
        ({}, BertSummarizer),
        ({"method": "centroid", "similarity": "both"}, UntrainedSummarizer),
        ({"method": "lexrank", "lexrank_threshold": 0.1, "max_tokens": 50}, UntrainedSummarizer),
    ],
)
def test_settings_reach_the_component(config: dict, kind: type) -> None:
    pipe = spacy.blank("en").add_pipe("bert_summarizer", config={**config, "spans_key": "short", "max_redundancy": 0.5})
    assert type(pipe) is kind and pipe.key == "short" and pipe.shape.max_redundancy == 0.5 and pipe.overwrite
    assert pipe.shape.length.max_tokens == config.get("max_tokens")
    if isinstance(pipe, UntrainedSummarizer):
        found = (pipe.method, pipe.similarity, pipe.threshold)
        assert found == (config["method"], config.get("similarity", "tfidf"), config.get("lexrank_threshold"))


@pytest.mark.parametrize(
    ("config", "code", "match"),
    [
        ({"method": "textrank"}, "B010", "method.*trained, lexrank, centroid"),
        ({"method": "lexrank", "similarity": "words"}, "B010", "similarity.*tfidf, vectors, both"),
        ({"method": "lexrank", "lexrank_threshold": 1}, "B012", "lexrank_threshold"),
        ({"n_sents": 2, "ratio": 0.5}, "B460", "n_sents = 2 and ratio = 0.5"),
        ({"max_redundancy": 2}, "B012", "max_redundancy"),
    ],
)
def test_illegal_settings_are_refused(config: dict, code: str, match: str) -> None:
    with raises_code(code, match=match):
        spacy.blank("en").add_pipe("bert_summarizer", config=config)
