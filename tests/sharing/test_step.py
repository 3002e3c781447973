"""The encoder is used for other Docs between a step's encoding and its heads: each gradient arrives all the same."""

import gc
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from spacy.language import Language
from spacy.tokens import Doc
from thinc.api import Adam

from spacy_bert_ext.training.optimizer import AdamW
from tests.pipeline.gradients import ORDERS, Recorder, assert_gradients_equal, recorded
from tests.pipeline.pipelines import (
    TEXTS,
    TWO,
    adamw,
    changed,
    encoder_of,
    head_of,
    make_examples,
    make_initialized,
    weights_of,
)


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
