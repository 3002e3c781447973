import pytest
import spacy
from spacy.language import Language

from spacy_bert_ext.pretraining.parts import corpus_block, find_parts, has_held_out_text, parts_of


def pipeline(*names: str) -> Language:
    nlp = spacy.blank("en")
    for name in names:
        nlp.add_pipe(name)
    nlp.config = nlp.config.merge({"corpora": {"dev": {"path": None}}})
    return nlp


def test_an_encoder_and_a_language_model_are_found_beside_what_does_not_learn() -> None:
    nlp = pipeline("sentencizer", "bert_encoder", "bert_pretraining")
    assert find_parts(nlp) == parts_of(nlp) == (nlp.get_pipe("bert_encoder"), nlp.get_pipe("bert_pretraining"))


def test_a_pipeline_without_a_language_model_is_trained_otherwise() -> None:
    nlp = pipeline("bert_encoder", "bert_ner")
    assert parts_of(nlp) is None
    with pytest.raises(ValueError, match=r"B422.*\(bert_encoder, bert_ner\).*--task pretrain.*bert train"):
        find_parts(nlp)


def test_other_heads_have_no_place_in_a_checkpoint_unless_they_are_frozen() -> None:
    nlp = pipeline("bert_encoder", "bert_pretraining", "bert_ner")
    with pytest.raises(ValueError, match="B423.*no place for bert_ner.*spacy bert train"):
        find_parts(nlp)
    nlp.config["training"]["frozen_components"] = ["bert_ner"]
    assert find_parts(nlp).objective.name == "bert_pretraining"


def test_there_is_one_of_each() -> None:
    nlp = pipeline("bert_encoder", "bert_pretraining")
    nlp.add_pipe("bert_encoder", name="other")
    with pytest.raises(ValueError, match="B424.*encoders: bert_encoder, other; language models: bert_pretraining"):
        find_parts(nlp)


def test_text_is_held_out_if_the_dev_corpus_has_a_path() -> None:
    nlp = pipeline()
    assert corpus_block(nlp.config, "dev")["path"] is None
    assert not has_held_out_text(nlp.config)
    nlp.config["corpora"]["dev"]["path"] = "dev.txt"
    assert has_held_out_text(nlp.config)
    del nlp.config["corpora"]["dev"]["path"]  # of a reader that has none
    assert has_held_out_text(nlp.config)
