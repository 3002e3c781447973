"""The encoder is used for other Docs between a step's encoding and its heads: each gradient arrives all the same."""

import gc
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import spacy
import torch
from spacy.language import Language
from spacy.tokens import Doc
from thinc.api import Adam

import tests.pipeline.retokenizers  # noqa: F401  # registers `merge_first_two`
from spacy_bert_ext.training.optimizer import AdamW
from tests.annotated import DATA, TEXTS, make_examples
from tests.coded import raises_code
from tests.pipeline.comparing import changed, weights_of
from tests.pipeline.gradients import ORDERS, Recorder, assert_gradients_equal, recorded, update_at_once
from tests.pipeline.pipelines import TWO, adamw, encoder_of, head_of, make_initialized


@Language.factory("asks_the_encoder")
class AsksTheEncoder:
    """Reads other texts with the encoder, and with one of its heads, whenever it is given a Doc."""

    nlp: Language  # set by each test

    def __init__(self, nlp: Language, name: str) -> None:
        self.nlp = nlp

    def __call__(self, doc: Doc) -> Doc:
        other = self.nlp.make_doc("Real Madrid lost")
        encoder_of(self.nlp)(other)
        head_of(self.nlp, "bert_textcat")(other)
        return doc


def annotating(update_all: bool) -> Callable:
    def update(nlp: Language, batches: list, sgd: Any, exclude: Any) -> None:
        for batch in batches:
            nlp.update(batch, sgd=sgd if update_all else False, annotates=["asks_the_encoder"], exclude=exclude)
        if not update_all:
            for _, component in nlp.pipeline:
                if hasattr(component, "finish_update"):
                    component.finish_update(sgd)

    return update


@pytest.mark.parametrize("at_once", [True, False])
def test_before_all_heads(two_heads: Language, at_once: bool) -> None:
    examples = make_examples(two_heads)
    expected = recorded(two_heads, ORDERS[0], examples)
    two_heads.add_pipe("asks_the_encoder", after="bert_encoder")
    found = recorded(two_heads, annotating(at_once), examples)
    assert_gradients_equal(found.of_encoder(), expected.of_encoder())


def test_between_heads_that_finish_later(two_heads: Language) -> None:
    examples = make_examples(two_heads)
    expected = recorded(two_heads, ORDERS[1], examples)
    two_heads.add_pipe("asks_the_encoder", after="bert_ner")
    found = recorded(two_heads, annotating(False), examples)
    assert_gradients_equal(found.of_encoder(), expected.of_encoder())


def test_between_heads_that_finish_at_once(two_heads: Language) -> None:
    """Other Docs are encoded with weights that have learned from the head before; the head after takes a step too."""
    examples = make_examples(two_heads)
    of_each = [recorded(two_heads, ORDERS[0], examples, exclude=[head]).of_encoder() for head in reversed(TWO)]
    two_heads.add_pipe("asks_the_encoder", after="bert_ner")
    found = recorded(two_heads, annotating(True), examples)
    steps = [{name: grad for name, grad in step.items() if name.startswith("encoder")} for step in found.gradients]
    assert len(steps) == 2
    for step, expected in zip(steps, of_each):
        assert_gradients_equal(step, expected)


@pytest.mark.parametrize("head", TWO)
@pytest.mark.parametrize("optimizer", [adamw, lambda: Adam(0.001)])
def test_weights_are_up_to_date_after_an_update_without_a_head(
    two_heads: Language, head: str, optimizer: Callable
) -> None:
    encoder = encoder_of(two_heads)
    two_heads.update(make_examples(two_heads), sgd=optimizer(), exclude=[head])
    before = weights_of(encoder.shim.module)
    two_heads(TEXTS[0])
    assert changed(before, encoder.shim.module)
    after = weights_of(encoder.shim.module)
    n_steps = encoder.shim.n_steps
    two_heads(TEXTS[0])
    encoder.shared.complete_step()
    assert not changed(after, encoder.shim.module) and encoder.shim.n_steps == n_steps == 1


def test_a_step_counts_once_where_no_head_comes(two_heads: Language) -> None:
    two_heads.update(make_examples(two_heads), sgd=adamw(), exclude=TWO)
    two_heads(TEXTS[0])
    encoder_of(two_heads).shared.complete_step()
    assert encoder_of(two_heads).shim.n_steps == 1


def test_a_head_that_comes_after_its_docs_were_evaluated(two_heads: Language) -> None:
    examples = make_examples(two_heads)
    expected = recorded(two_heads, ORDERS[0], examples, exclude=["bert_ner"]).of_encoder()
    recorder = Recorder()
    encoder, textcat = encoder_of(two_heads), head_of(two_heads, "bert_textcat")
    encoder.update(examples, sgd=recorder)
    two_heads.evaluate(make_examples(two_heads))
    with two_heads.use_params({}):
        two_heads(TEXTS[1])
    textcat.update(examples, sgd=recorder)
    encoder.shared.complete_step()
    assert_gradients_equal(recorder.of_encoder(), expected)


# By hand


def test_a_head_that_learns_from_parts_of_the_batch(two_heads: Language) -> None:
    """Parts of 1 and 2 Docs give the mean over 3."""
    examples = make_examples(two_heads)
    expected = recorded(two_heads, ORDERS[1], examples, exclude=["bert_ner"])
    recorder = Recorder()
    encoder, textcat = encoder_of(two_heads), head_of(two_heads, "bert_textcat")
    encoder.update(examples)
    textcat.update(examples[:1])
    textcat.update(examples[1:])
    encoder.finish_update(recorder)
    assert_gradients_equal(recorder.gradients[0], expected.gradients[0])


def test_a_head_that_learns_from_copies_is_warned_of(two_heads: Language) -> None:
    encoder, textcat = encoder_of(two_heads), head_of(two_heads, "bert_textcat")
    encoder.update(make_examples(two_heads))
    with pytest.warns(UserWarning, match=r"B120.*'bert_textcat'.*'bert_encoder'.*same Examples"):
        textcat.update(make_examples(two_heads))


def test_a_head_on_a_frozen_encoder_is_not(two_heads: Language) -> None:
    sgd: AdamW = adamw()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for exclude in (["bert_textcat"], ["bert_encoder"], ["bert_encoder", "bert_ner"], []):
            two_heads.update(make_examples(two_heads), sgd=sgd, exclude=exclude)


def test_a_step_holds_no_docs_once_it_is_taken(two_heads: Language) -> None:
    examples = make_examples(two_heads)
    two_heads.update(examples, sgd=adamw(), exclude=["bert_textcat"])
    step = encoder_of(two_heads).shared.step
    two_heads(TEXTS[0])
    gc.collect()
    assert step.passes == [] and not step.has_all([examples[0].predicted])
    assert not list(step._docs)


def test_nothing_to_learn_from(two_heads: Language) -> None:
    losses = two_heads.update(make_examples(two_heads, [("", {"entities": []})]), sgd=adamw())
    assert losses["bert_textcat"] == 0.0
    head_of(two_heads, "bert_textcat").update([], sgd=adamw())


def test_two_encoders_keep_their_steps_apart(bert_folder: str) -> None:
    nlp = make_initialized(bert_folder, ())
    config = {**nlp.get_pipe_config("bert_encoder")}
    nlp.add_pipe("bert_encoder", name="second", config={"model": config["model"]})
    for name, upstream in (("bert_ner", "second"), ("bert_textcat", "bert_encoder")):
        nlp.add_pipe(name, config={"model": {"encoder": {"upstream": upstream}}})
    nlp.initialize(lambda: make_examples(nlp))
    nlp.add_pipe("asks_the_encoder", before="bert_ner")
    encoders = [encoder_of(nlp, name) for name in ("bert_encoder", "second")]
    before = [weights_of(encoder.shim.module) for encoder in encoders]
    nlp.update(make_examples(nlp), sgd=adamw(), annotates=["asks_the_encoder"])
    assert all(changed(weights, encoder.shim.module) for weights, encoder in zip(before, encoders))


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


def test_a_removed_head_is_not_waited_for(two_heads: Language) -> None:
    two_heads.remove_pipe("bert_textcat")
    gc.collect()
    before = weights_of(encoder_of(two_heads).shim.module)
    two_heads.update(make_examples(two_heads), sgd=adamw())
    assert encoder_of(two_heads).shared.step is None
    assert changed(before, encoder_of(two_heads).shim.module)
