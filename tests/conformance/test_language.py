"""Contract points of spaCy's own test suite that no other test of ours has: strings, replaced pipes, excluded parts."""

from pathlib import Path

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc

from tests.annotated import ENTITIES, TEXTS, make_examples
from tests.pipeline.comparing import assert_same, entities
from tests.pipeline.pipelines import HEADS, head_of, learn, make_initialized, make_nlp


def test_labels_are_strings_where_the_pipelines_strings_are_not_loaded(trained: Language, tmp_path: Path) -> None:
    trained.to_disk(tmp_path)
    loaded = spacy.load(tmp_path, exclude=["strings"])
    assert [entities(doc) for doc in loaded.pipe(TEXTS)] == ENTITIES
    blank = spacy.blank("en").from_config(trained.config).from_bytes(trained.to_bytes(exclude=["strings"]))
    assert [entities(doc) for doc in blank.pipe(TEXTS)] == ENTITIES


def test_a_replaced_head_is_linked_and_learns(trained: Language) -> None:
    before = head_of(trained, "bert_ner")
    trained.replace_pipe("bert_ner", "bert_ner", config={"decoder": "greedy"})
    after = head_of(trained, "bert_ner")
    assert after is not before and after.labels == ()
    after.initialize(lambda: make_examples(trained), nlp=trained)
    learn(trained)
    assert [entities(doc) for doc in trained.pipe(TEXTS)] == ENTITIES
    assert trained.get_pipe("bert_encoder").listening_components.count("bert_ner") == 1


@pytest.mark.parametrize("name", HEADS)
def test_component_bytes_do_not_hold_the_vocab(shared_trained: Language, name: str) -> None:
    head = head_of(shared_trained, name)
    assert head.to_bytes(exclude=["vocab"]) == head.to_bytes(exclude=["vocab"])
    assert len(head.to_bytes(exclude=["vocab"])) <= len(head.to_bytes())


def test_two_pipelines_of_one_config_share_nothing(bert_folder: str) -> None:
    first = make_initialized(bert_folder)
    one, other = (type(first).from_config(first.config) for _ in range(2))
    one.initialize(lambda: make_examples(one))
    other.initialize(lambda: make_examples(other))
    expected = list(other.pipe(TEXTS))
    learn(one, steps=3)
    assert_same(list(other.pipe(TEXTS)), expected)


def test_labels_in_the_initialize_block_of_a_config_reach_the_head(bert_folder: str) -> None:
    blank = make_nlp(bert_folder)
    config = blank.config.copy()
    config["initialize"]["components"] = {"bert_ner": {"labels": ["GPE", "ORG", "PERSON", "WORK"]}}
    nlp = type(blank).from_config(config)
    nlp.initialize(lambda: make_examples(nlp))
    assert head_of(nlp, "bert_ner").labels == ("GPE", "ORG", "PERSON", "WORK")


def test_docs_of_another_vocab_are_annotated(shared_trained: Language) -> None:
    docs = [Doc(spacy.blank("en").vocab, words=text.split()) for text in TEXTS]
    assert [entities(doc) for doc in shared_trained.pipe(docs)] == ENTITIES
