"""The YAML at the head of model cards, whatever a pipeline's meta data say."""

import pytest
import spacy
import srsly
from spacy.language import Language
from transformers import BertConfig

from spacy_bert_ext.checkpoints.card import model_card
from spacy_bert_ext.checkpoints.front_matter import front_matter
from spacy_bert_ext.checkpoints.pipeline_card import pipeline_card
from tests.pipeline.pipelines import head_of

WILD = "a: 'b' \"c\" # d\n---\n- e: {f}\n\t%g &h *i !j | > @k `l` 東京"


def read(text: str) -> tuple[dict, str]:
    """The fields of a card, and what comes behind them."""
    before, fields, rest = text.split("---\n", 2)
    assert before == ""
    return srsly.yaml_loads(fields), rest


@pytest.mark.parametrize(
    "given, found",
    [
        ("MIT", "mit"),
        ("CC BY-SA 4.0", "cc-by-sa-4.0"),
        ("Apache 2.0", "apache-2.0"),
        ("Apache License 2.0", "apache-2.0"),
        (" mit licence\n", "mit"),
        ("other", "other"),
    ],
)
def test_licences_have_the_hubs_ids(given, found):
    assert read(front_matter({"lang": "en", "license": given}))[0] == {"language": "en", "license": found}


@pytest.mark.parametrize(
    "given, name", [("GNU GPL v3 (or later)", "gnu-gpl-v3-or-later"), (WILD, "a-b-c-d-e-f-g-h-i-j-k-l"), ("東京", None)]
)
def test_a_licence_that_the_hub_does_not_know_is_another_one(given, name):
    expected = {"language": "de", "license": "other"} | ({"license_name": name} if name else {})
    assert read(front_matter({"lang": "de", "license": given}))[0] == expected


@pytest.mark.parametrize("nothing", [{}, {"license": ""}, {"license": None}])
def test_nothing_is_said_of_what_is_not_known(nothing):
    assert front_matter({"lang": "xx", **nothing}) == "---\nlanguage: multilingual\n---\n"


def test_any_value_is_read_back():
    fields = {"library_name": WILD, "tags": [WILD, "no", "1.0"], "pipeline_tag": "null"}
    assert read(front_matter({"lang": "no"}, **fields))[0] == {"language": "no", **fields}


def test_both_cards_are_read_back(shared_trained: Language):
    nlp = spacy.blank("xx")
    meta = {**nlp.meta, "name": WILD, "description": WILD, "license": WILD}
    nlp.meta = meta
    same = {"language": "multilingual", "license": "other", "license_name": "a-b-c-d-e-f-g-h-i-j-k-l"}
    config = BertConfig(architectures=["BertForTokenClassification"])
    fields, text = read(model_card(nlp, head_of(shared_trained, "bert_ner"), config, "token-classification"))
    task = "token-classification"
    assert fields == {**same, "library_name": "transformers", "pipeline_tag": task, "tags": ["spacy"]}
    assert WILD in text
    pipeline_config = {"components": {"ner": {"factory": "bert_ner"}, "tagger": {"factory": "tagger"}}}
    fields, text = read(pipeline_card(nlp.meta, pipeline_config, "someone/demo"))
    assert fields == {**same, "library_name": "spacy", "tags": ["spacy", task]}
    assert WILD in text
