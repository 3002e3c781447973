"""One encoder for several heads: passes are counted, frozen and disabled encoders serve."""

import gc
from collections.abc import Callable
from pathlib import Path

import pytest
import spacy
import torch
from spacy.language import Language

from tests.annotated import TEXTS, make_examples
from tests.coded import raises_code
from tests.pipeline.comparing import assert_same, changed, entities, weights_of
from tests.pipeline.gradients import ORDERS
from tests.pipeline.passes import counted_passes
from tests.pipeline.pipelines import HEADS, TWO, adamw, encoder_of, head_of, learn, make_initialized
from tests.pipeline.retokenizers import merge_first_two


def test_two_heads_cost_one_pass_in_prediction(shared_trained: Language) -> None:
    with counted_passes() as passes:
        list(shared_trained.pipe(TEXTS))
        assert passes.n == 1
        shared_trained(TEXTS[0])
        assert passes.n == 2


@pytest.mark.parametrize("update", ORDERS)
def test_two_heads_cost_one_pass_in_training(two_heads: Language, update: Callable) -> None:
    with counted_passes() as passes:
        for n_steps in (1, 2, 3):
            update(two_heads, [make_examples(two_heads)], adamw(), ())
            assert passes.n == n_steps


def test_training_and_annotating_cost_two_passes(two_heads: Language) -> None:
    with counted_passes() as passes:
        two_heads.update(make_examples(two_heads), sgd=adamw(), annotates=["bert_encoder", "bert_ner"])
        assert passes.n == 2


def test_evaluation_costs_one_pass_per_batch(shared_trained: Language) -> None:
    with counted_passes() as passes:
        shared_trained.evaluate(make_examples(shared_trained), batch_size=2)
        assert passes.n == 2


@pytest.mark.parametrize("update", ORDERS)
def test_frozen_encoder_is_passed_once_for_two_learning_heads(two_heads: Language, update: Callable) -> None:
    modules = {name: component.shim.module for name, component in two_heads.pipeline}
    before = {name: weights_of(module) for name, module in modules.items()}
    with counted_passes() as passes:
        for n_steps in (1, 2, 3):
            update(two_heads, [make_examples(two_heads)], adamw(), ["bert_encoder"])
            assert passes.n == n_steps
    assert not changed(before["bert_encoder"], modules["bert_encoder"])
    assert all(changed(before[name], modules[name]) for name in TWO)
    assert encoder_of(two_heads).shared.in_flight.n_held == 0


def test_encoder_frozen_by_its_settings_keeps_its_weights(bert_folder: str) -> None:
    nlp = make_initialized(bert_folder, TWO, freeze="all")
    before = weights_of(encoder_of(nlp).shim.module)
    with counted_passes() as passes:
        first = nlp.update(make_examples(nlp), sgd=adamw())
        assert passes.n == 1
    last = learn(nlp)
    assert last["bert_textcat"] < first["bert_textcat"]
    assert not changed(before, encoder_of(nlp).shim.module)


def test_heads_of_a_disabled_encoder_have_it_encode(trained: Language) -> None:
    expected = list(trained.pipe(TEXTS))
    with trained.select_pipes(disable=["bert_encoder"]), counted_passes() as passes:
        assert_same(list(trained.pipe(TEXTS)), expected)
        assert passes.n == 1


def test_heads_of_an_encoder_that_was_loaded_disabled_have_it_encode(trained_folder: Path, trained: Language) -> None:
    disabled = spacy.load(trained_folder, disable=["bert_encoder"])
    assert_same(list(disabled.pipe(TEXTS)), list(trained.pipe(TEXTS)))


def test_heads_without_their_encoder_are_refused(trained_folder: Path) -> None:
    nlp = spacy.load(trained_folder, exclude=["bert_encoder"])
    with raises_code("B020"):
        nlp(TEXTS[0])
    with raises_code("B020"):
        list(nlp.pipe(TEXTS))
    with raises_code("B020"):
        nlp.update(make_examples(nlp), sgd=adamw())


@pytest.mark.parametrize("head", HEADS)
def test_a_head_that_was_disabled_while_loading_works_once_enabled(
    trained_folder: Path, trained: Language, head: str
) -> None:
    nlp = spacy.load(trained_folder, disable=[head])
    nlp.enable_pipe(head)
    assert_same(list(nlp.pipe(TEXTS)), list(trained.pipe(TEXTS)))
    with counted_passes() as passes:
        list(nlp.pipe(TEXTS))
        assert passes.n == 1
    for update in ORDERS:
        modules = {name: component.shim.module for name, component in nlp.pipeline}
        before = {name: weights_of(module) for name, module in modules.items()}
        update(nlp, [make_examples(nlp)], adamw(), ())
        assert all(changed(before[name], module) for name, module in modules.items())


def test_components_called_one_by_one_give_what_the_pipeline_gives(shared_trained: Language) -> None:
    docs = [shared_trained.make_doc(text) for text in TEXTS]
    for _, component in shared_trained.pipeline:
        docs = [component(doc) for doc in docs]
    assert_same(docs, list(shared_trained.pipe(TEXTS)))


def test_a_head_uses_the_weights_of_now_not_vectors_of_before(trained: Language) -> None:
    doc = encoder_of(trained)(trained.make_doc(TEXTS[0]))
    with torch.no_grad():
        for weight in encoder_of(trained).shim.module.parameters():
            weight.zero_()
    encoder_of(trained).shim.version += 1
    with counted_passes() as passes:
        head_of(trained, "bert_textcat")(doc)
        assert passes.n == 1


def test_the_same_doc_twice_in_a_stream(shared_trained: Language) -> None:
    doc = shared_trained.make_doc(TEXTS[0])
    for one in shared_trained.pipe([doc, doc]):
        assert_same([one], [shared_trained(TEXTS[0])])


@pytest.mark.parametrize("batch_size", [1, 3])
def test_tokens_merged_between_encoder_and_head_are_encoded_anew(trained: Language, batch_size: int) -> None:
    nlp, texts = trained, [TEXTS[0], TEXTS[1]]
    merged = [merge_first_two(nlp.make_doc(text)) for text in texts]
    expected = [head_of(nlp, "bert_ner")(doc) for doc in merged]
    nlp.add_pipe("merge_first_two", after="bert_encoder")
    found = list(nlp.pipe(texts, batch_size=batch_size))
    assert [entities(doc) for doc in found] == [entities(doc) for doc in expected]
    assert found[0][0].text == "Angela Merkel" and any(doc.ents for doc in found)


def test_an_encoder_whose_heads_were_removed_has_nothing_to_do(two_heads: Language) -> None:
    for name in TWO:
        two_heads.remove_pipe(name)
    gc.collect()
    with counted_passes() as passes:
        two_heads(TEXTS[0])
    assert passes.n == 0


def test_a_long_doc_in_parts_is_annotated_as_it_is_at_once(trained: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [" ".join([TEXTS[0]] * 30), TEXTS[1], " ".join(TEXTS * 20)]
    expected = list(trained.pipe(texts, batch_size=1))
    monkeypatch.setattr("spacy_bert_ext.encoder.predict.MAX_HELD_BYTES", 0)
    monkeypatch.setattr("spacy_bert_ext.encoder.predict.PART_PIECES", 100)
    assert_same(list(trained.pipe(texts, batch_size=1)), expected)
    assert_same([trained(text) for text in texts], expected)
    # The heads' Docs need not come together as the encoder's did.
    docs = [trained.make_doc(text) for text in texts]
    encoder = encoder_of(trained)
    for doc in docs:
        encoder.set_annotations([doc], encoder.predict([doc]))
    for name in trained.pipe_names[1:]:
        head = head_of(trained, name)
        head.set_annotations(docs, head.predict(docs))
    assert_same(docs, expected)


def test_heads_learn_from_a_long_doc_in_parts_on_a_frozen_encoder(
    bert_folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    nlp = make_initialized(bert_folder, freeze="all")
    before = {name: weights_of(head_of(nlp, name).shim.module) for name in nlp.pipe_names[1:]}
    monkeypatch.setattr("spacy_bert_ext.encoder.predict.MAX_HELD_BYTES", 0)
    nlp.update(make_examples(nlp)[:1], sgd=adamw())
    assert all(changed(weights, head_of(nlp, name).shim.module) for name, weights in before.items())
