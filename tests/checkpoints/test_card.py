"""The model card of an exported checkpoint."""

import pytest
from spacy.language import Language

from spacy_bert_ext.checkpoints.card import model_card, scores_section
from tests.pipeline.pipelines import head_of


def test_a_card_names_class_component_labels_and_scores(trained: Language) -> None:
    trained.meta.update(name="demo", description="Finds people.", performance={"ents_f": 0.5, "bert_ner_loss": 1.0})
    text = model_card(trained, head_of(trained, "bert_ner"), "BertForTokenClassification", "token-classification")
    assert "pipeline_tag: token-classification" in text and "library_name: transformers" in text
    assert "# demo\n\nFinds people.\n" in text
    assert "`BertForTokenClassification`, exported from the component `bert_ner`" in text
    assert "`GPE`, `ORG`, `PERSON`" in text and "| ents_f | 0.5000 |" in text and "loss" not in text


@pytest.mark.parametrize(
    "meta", [{}, {"performance": None}, {"performance": {"x_loss": 1.0, "x_per_type": {}, "n": 3}}]
)
def test_without_single_numbers_there_is_no_section(meta: dict) -> None:
    assert scores_section(meta) == []
