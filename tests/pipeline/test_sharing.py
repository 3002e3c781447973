"""One encoder for several heads: passes are counted, gradients compared, vectors let go."""

import gc
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import spacy
import torch
from spacy.language import Language
from thinc.api import Adam

from spacy_bert_ext.sharing.in_flight import MAX_BUFFERS, VectorsInFlight
from tests.pipeline.gradients import (
    ORDERS,
    Recorder,
    assert_gradients_equal,
    recorded,
    update_at_once,
)
from tests.pipeline.pipelines import (
    DATA,
    HEADS,
    TEXTS,
    TWO,
    adamw,
    assert_same,
    changed,
    counted_passes,
    encoder_config,
    encoder_of,
    entities,
    head_of,
    learn,
    make_examples,
    make_initialized,
    raises_code,
    weights_of,
)
from tests.pipeline.retokenizers import merge_first_two

# Passes


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


def test_the_first_docs_of_a_stream_come_before_the_next_are_read(shared_trained: Language) -> None:
    n_read = 0

    def stream():
        nonlocal n_read
        for text in TEXTS * 10:
            n_read += 1
            yield text

    annotated = shared_trained.pipe(stream(), batch_size=4)
    next(annotated)
    assert n_read == 4


def test_streams_of_other_batch_sizes_are_encoded_once(shared_trained: Language) -> None:
    docs = [shared_trained.make_doc(text) for text in TEXTS * 4]
    stream = docs
    sizes = {"bert_encoder": 5, "bert_ner": 3, "bert_textcat": 12, "bert_textcat_multilabel": 1}
    with counted_passes() as passes:
        for name, component in shared_trained.pipeline:
            stream = component.pipe(stream, batch_size=sizes[name])
        annotated = list(stream)
        assert passes.n == 3
    assert_same(annotated, [shared_trained(text) for text in TEXTS * 4])


# Gradients


@pytest.mark.parametrize("update", ORDERS)
def test_gradients_of_two_heads_add(two_heads: Language, update: Callable) -> None:
    examples = make_examples(two_heads)
    both = recorded(two_heads, update, examples).of_encoder()
    of_ner = recorded(two_heads, update, examples, exclude=["bert_textcat"]).of_encoder()
    of_textcat = recorded(two_heads, update, examples, exclude=["bert_ner"]).of_encoder()
    assert any(not torch.equal(of_ner[name], of_textcat[name]) for name in of_ner)
    assert_gradients_equal(both, {name: of_ner[name] + of_textcat[name] for name in of_ner})


def test_both_ways_of_updating_give_the_same_gradients(two_heads: Language) -> None:
    examples = make_examples(two_heads)
    at_once, later = (recorded(two_heads, update, examples) for update in ORDERS)
    assert len(at_once.gradients) == len(later.gradients) == 1
    assert_gradients_equal(at_once.gradients[0], later.gradients[0])


def test_encoder_gradient_is_that_of_backpropagation_through_everything(two_heads: Language) -> None:
    """The detour over leaves and listeners gives what one graph from loss to weights gives."""
    examples = make_examples(two_heads)
    found = recorded(two_heads, update_at_once, examples, exclude=["bert_ner"]).of_encoder()
    textcat, encoder = head_of(two_heads, "bert_textcat"), encoder_of(two_heads)
    module = encoder.shim.module
    tokenizer = encoder.shim.checkpoint.tokenizer
    words = [[token.text for token in eg.predicted] for eg in examples]
    inputs = tokenizer(words, is_split_into_words=True, padding=True, return_tensors="pt")
    hidden = module(input_ids=inputs.input_ids, attention_mask=inputs.attention_mask).last_hidden_state
    real = inputs.attention_mask.bool()
    real[:, 0] = False
    real[torch.arange(len(examples)), inputs.attention_mask.sum(1) - 1] = False
    vectors = (hidden * real[:, :, None]).sum(1) / real.sum(1)[:, None]
    gold = torch.tensor(textcat.gold_categories(examples)).argmax(1)
    torch.nn.functional.cross_entropy(textcat.shim.module.output(vectors), gold).backward()
    expected = {f"encoder {name}": weight.grad for name, weight in module.named_parameters() if weight.grad is not None}
    assert_gradients_equal(found, expected)
    module.zero_grad()


@pytest.mark.parametrize("optimizer", [adamw, lambda: Adam(0.001)])
@pytest.mark.parametrize("update", ORDERS)
@pytest.mark.parametrize("frozen", TWO)
def test_encoder_learns_when_either_head_is_frozen(
    two_heads: Language, frozen: str, update: Callable, optimizer: Callable
) -> None:
    other = next(name for name in TWO if name != frozen)
    modules = {name: component.shim.module for name, component in two_heads.pipeline}
    before = {name: weights_of(module) for name, module in modules.items()}
    sgd = optimizer()
    for _ in range(2):
        update(two_heads, [make_examples(two_heads)], sgd, [frozen])
    two_heads("Hello")
    assert changed(before["bert_encoder"], modules["bert_encoder"])
    assert changed(before[other], modules[other])
    assert not changed(before[frozen], modules[frozen])


@pytest.mark.parametrize("update", ORDERS)
@pytest.mark.parametrize("annotated", ["entities", "cats"])
def test_encoder_learns_when_either_head_has_nothing_annotated(
    two_heads: Language, annotated: str, update: Callable
) -> None:
    data = [(text, {annotated: annotation[annotated]}) for text, annotation in DATA]
    idle = {"entities": "bert_textcat", "cats": "bert_ner"}[annotated]
    recorder = recorded(two_heads, update, make_examples(two_heads, data))
    expected = recorded(two_heads, update, make_examples(two_heads), exclude=[idle])
    assert_gradients_equal(recorder.of_encoder(), expected.of_encoder())


def test_weights_are_up_to_date_right_after_an_update_of_all(two_heads: Language) -> None:
    before = weights_of(encoder_of(two_heads).shim.module)
    two_heads.update(make_examples(two_heads), sgd=adamw())
    assert changed(before, encoder_of(two_heads).shim.module)


def test_heads_that_were_renamed_or_got_encoders_of_their_own_are_not_waited_for(two_heads: Language) -> None:
    encoder = encoder_of(two_heads)
    changes = [
        lambda: two_heads.rename_pipe("bert_textcat", "renamed"),
        lambda: two_heads.replace_listeners("bert_encoder", "bert_ner", ["model.encoder"]),
    ]
    for change in changes:
        change()
        before = weights_of(encoder.shim.module)
        two_heads.update(make_examples(two_heads), sgd=adamw())
        assert changed(before, encoder.shim.module)


def test_gradients_of_a_renamed_head_count_once(two_heads: Language) -> None:
    examples = make_examples(two_heads)
    before = recorded(two_heads, update_at_once, examples)
    two_heads.rename_pipe("bert_textcat", "renamed")
    seen = []
    after = Recorder()
    step, after.step = after.step, lambda shims: (seen.append(list(shims)), step(seen[-1]))
    update_at_once(two_heads, [examples], after, ())
    two_heads("completes a step that is owed")
    assert_gradients_equal(after.of_encoder(), before.of_encoder())
    assert all(len(set(map(id, shims))) == len(shims) for shims in seen)


def test_a_step_that_waits_for_a_frozen_head_is_in_the_saved_weights(two_heads: Language, tmp_path: Path) -> None:
    encoder = encoder_of(two_heads)
    two_heads.update(make_examples(two_heads), sgd=adamw(), exclude=["bert_textcat"])
    two_heads.to_disk(tmp_path)
    loaded = weights_of(encoder_of(spacy.load(tmp_path)).shim.module)
    assert not changed(loaded, encoder.shim.module)
    two_heads("uses the encoder")
    assert not changed(loaded, encoder.shim.module)


def test_a_step_that_waits_is_not_lost_to_averaged_weights(two_heads: Language) -> None:
    encoder, sgd = encoder_of(two_heads), Adam(0.01)
    two_heads.update(make_examples(two_heads), sgd=sgd)
    two_heads.update(make_examples(two_heads), sgd=sgd, exclude=["bert_textcat"])
    before = weights_of(encoder.shim.module)
    with two_heads.use_params(sgd.averages):
        two_heads("evaluates")
    assert changed(before, encoder.shim.module)


# Frozen and disabled encoders


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


# What is held


def hold(nlp: Language, texts: Sequence[str] = TEXTS) -> tuple[list, weakref.ref]:
    """Docs that the encoder has just encoded, and a weak reference to their vectors."""
    encoder = encoder_of(nlp)
    docs = [nlp.make_doc(text) for text in texts]
    encoded = encoder.predict(docs)
    encoder.set_annotations(docs, encoded)
    return docs, weakref.ref(encoded.piece_vectors)


def test_vectors_go_when_the_last_head_has_used_them(trained: Language) -> None:
    docs, vectors = hold(trained)
    assert vectors() is not None and encoder_of(trained).shared.in_flight.n_held == 1
    for name in ("bert_ner", "bert_textcat"):
        list(head_of(trained, name).pipe(docs))
        assert vectors() is not None
    list(head_of(trained, "bert_textcat_multilabel").pipe(docs))
    gc.collect()
    assert vectors() is None
    assert encoder_of(trained).shared.in_flight.n_held == 0


def test_nothing_is_held_after_a_stream(trained: Language) -> None:
    docs = list(trained.pipe(TEXTS * 10, batch_size=4))
    assert encoder_of(trained).shared.in_flight.n_held == 0
    assert len(docs) == 30


def test_vectors_go_with_their_docs(trained: Language) -> None:
    docs, vectors = hold(trained)
    del docs
    gc.collect()
    assert vectors() is None


def test_vectors_that_no_head_takes_are_bounded(trained: Language) -> None:
    kept = [hold(trained, TEXTS[:1]) for _ in range(MAX_BUFFERS + 5)]
    gc.collect()
    assert sum(vectors() is not None for _, vectors in kept) == MAX_BUFFERS
    assert encoder_of(trained).shared.in_flight.n_held == MAX_BUFFERS
    doc = kept[0][0][0]
    assert_same([head_of(trained, "bert_ner")(doc)], [doc])


def test_vectors_are_not_held_without_heads(bert_folder: str) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", config={"keep": "tokens", **encoder_config(bert_folder)})
    nlp.initialize()
    docs = list(nlp.pipe(TEXTS))
    assert len(docs) == 3
    assert encoder_of(nlp).shared.in_flight.n_held == 0


def test_held_vectors_do_not_enter_bytes(trained: Language) -> None:
    (doc,), _ = hold(trained, TEXTS[:1])
    assert doc.to_bytes() == trained.make_doc(TEXTS[0]).to_bytes()


def test_copies_hold_nothing(trained: Language) -> None:
    docs, _ = hold(trained)
    held = encoder_of(trained).shared.in_flight
    copied = held.__reduce__()[0](*held.__reduce__()[1])
    assert isinstance(copied, VectorsInFlight) and copied.n_held == 0
    assert held.n_held == 1 and docs


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


def test_tokens_merged_in_training_do_not_break_a_step(two_heads: Language) -> None:
    examples = make_examples(two_heads)
    two_heads.add_pipe("merge_first_two", after="bert_encoder")
    losses = two_heads.update(examples, sgd=adamw(), annotates=["merge_first_two"])
    assert losses["bert_ner"] > 0


def test_a_step_that_fails_leaves_no_gradients(two_heads: Language) -> None:
    bad = make_examples(two_heads, [("order", {"entities": [], "cats": {"news": 7.0}})])
    with raises_code("B027"):
        two_heads.update(bad, sgd=False)
    for _, pipe in two_heads.pipeline:
        for shim in pipe.shims():
            assert all(weight.grad is None for weight in shim.module.parameters())
    assert encoder_of(two_heads).shared.step is None
    assert two_heads.update(make_examples(two_heads), sgd=adamw())["bert_ner"] > 0


def test_an_encoder_whose_heads_were_removed_has_nothing_to_do(two_heads: Language) -> None:
    for name in TWO:
        two_heads.remove_pipe(name)
    gc.collect()
    with counted_passes() as passes:
        two_heads(TEXTS[0])
    assert passes.n == 0


def test_a_removed_head_is_not_waited_for(two_heads: Language) -> None:
    two_heads.remove_pipe("bert_textcat")
    gc.collect()
    before = weights_of(encoder_of(two_heads).shim.module)
    two_heads.update(make_examples(two_heads), sgd=adamw())
    assert encoder_of(two_heads).shared.step is None
    assert changed(before, encoder_of(two_heads).shim.module)


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
