"""spaCy's heads that listen by spacy-transformers' TransformerListener: training, steps, other tokens."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import spacy
from spacy.language import Language
from thinc.api import Adam

from tests.coded import raises_code
from tests.interop.spacy_heads import (
    OUR_LISTENER,
    SPACY_HEADS,
    TRANSFORMER_LISTENER,
    annotated,
    make_initialized,
    make_with_tagger,
    on,
)
from tests.interop.treebank import make_treebank, treebank_examples
from tests.pipeline.comparing import changed, weights_of
from tests.pipeline.gradients import ORDERS, Recorder, assert_gradients_equal, recorded
from tests.pipeline.passes import counted_passes
from tests.pipeline.pipelines import adamw, encoder_config, encoder_of, learn
from tests.pipeline.retokenizers import shift_tokens

TransformerData = pytest.importorskip("spacy_transformers.data_classes", exc_type=ImportError).TransformerData


@pytest.mark.parametrize("update", ORDERS)
def test_gradients_are_those_by_our_own_listener(bert_folder: str, update: Callable) -> None:
    found, expected = [], []
    for gradients, listener in ((found, TRANSFORMER_LISTENER), (expected, OUR_LISTENER)):
        windows = {"window_pieces": 16, "overlap_pieces": 4}
        nlp = make_with_tagger(bert_folder, ("tagger", "bert_textcat"), listener=listener, **windows)
        for name, weight in encoder_of(nlp).shim.module.named_parameters():
            assert weight.requires_grad or "pooler" in name
        textcat = nlp.get_pipe("bert_textcat").shim.module
        for weight in textcat.parameters():
            weight.data.fill_(0.1)
        gradients.append(recorded(nlp, update, treebank_examples(nlp)).of_encoder())
    assert_gradients_equal(found[0], expected[0])


def test_two_listeners_add_their_gradients(bert_folder: str) -> None:
    nlp = make_with_tagger(bert_folder, ("tagger", "morphologizer"), listener=TRANSFORMER_LISTENER)
    softmax = nlp.get_pipe("morphologizer").model.get_ref("softmax")
    softmax.set_param("W", np.random.default_rng(1).normal(size=softmax.get_param("W").shape).astype("f"))
    examples = treebank_examples(nlp)
    for update in ORDERS:
        both, one, other = (
            recorded(nlp, update, examples, exclude=exclude).of_encoder()
            for exclude in ([], ["tagger"], ["morphologizer"])
        )
        assert_gradients_equal(both, {name: one[name] + other[name] for name in both})


@pytest.mark.parametrize("head", SPACY_HEADS)
def test_each_head_learns_and_is_saved_and_loaded(bert_folder: str, head: str, tmp_path: Path) -> None:
    nlp = make_initialized(bert_folder, [head], listener=TRANSFORMER_LISTENER)
    before = weights_of(encoder_of(nlp).shim.module)
    learn(nlp, treebank_examples(nlp), steps=30)
    assert changed(before, encoder_of(nlp).shim.module)
    assert nlp.evaluate(treebank_examples(nlp))[SPACY_HEADS[head][1]] == 1.0
    nlp.to_disk(tmp_path)
    assert annotated(spacy.load(tmp_path)) == annotated(nlp)


@pytest.mark.parametrize("update", ORDERS)
def test_heads_of_all_kinds_cost_one_pass(listening: Language, bert_folder: str, update: Callable) -> None:
    listening.add_pipe("morphologizer", config=on(OUR_LISTENER, "morphologizer"))
    listening.get_pipe("morphologizer").initialize(lambda: treebank_examples(listening), nlp=listening)
    with counted_passes() as passes:
        list(listening.pipe([doc.text for doc in make_treebank()]))
        assert passes.n == 1
        for n_steps in (1, 2, 3):
            update(listening, [treebank_examples(listening)], adamw(), ())
            assert passes.n == 1 + n_steps


def test_a_frozen_encoder_that_annotates_serves_its_listener(listening: Language) -> None:
    before = weights_of(encoder_of(listening).shim.module)
    sgd = Adam(0.01)
    losses = listening.update(
        treebank_examples(listening), sgd=sgd, exclude=["bert_encoder", "bert_ner"], annotates=["bert_encoder"]
    )
    assert "tagger" in losses
    assert not changed(before, encoder_of(listening).shim.module)


def test_the_encoder_that_a_listener_names_feeds_it(bert_folder: str, roberta_folder: str) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", name="first", config=encoder_config(bert_folder))
    nlp.add_pipe("bert_encoder", name="second", config=encoder_config(roberta_folder))
    nlp.add_pipe("tagger", config=on({**TRANSFORMER_LISTENER, "upstream": "first"}, "tagger"))
    assert nlp.get_pipe("first").listening_components == ["tagger"]
    assert nlp.get_pipe("second").listening_components == []


def test_it_is_not_given_an_encoder_of_its_own(listening: Language) -> None:
    with raises_code("B054"):
        listening.replace_listeners("bert_encoder", "tagger", ["model.tok2vec"])


def test_a_head_after_other_tokens_is_given_theirs(listening: Language) -> None:
    text = "Angela Merkel visited Barack Obama"
    tagger = listening.get_pipe("tagger")
    expected = [token.tag_ for token in tagger(shift_tokens(listening.make_doc(text)))]
    before = [token.tag_ for token in listening(text)]
    listening.add_pipe("shift_tokens", after="bert_encoder")
    doc = listening(text)
    assert len(doc) == len(before) and [token.tag_ for token in doc] == expected
    assert len(doc._.trf_data.align.lengths) == len(doc)


@pytest.mark.parametrize("sgd", [True, False])
def test_a_head_learns_from_other_tokens(listening: Language, sgd: bool) -> None:
    listening.add_pipe("shift_tokens", after="bert_encoder")
    listening.remove_pipe("bert_ner")
    recorder = Recorder()
    listening.update(treebank_examples(listening), sgd=recorder if sgd else False, annotates=["shift_tokens"])
    encoder_of(listening).finish_update(recorder)
    encoder_of(listening).shared.complete_step()
    assert recorder.of_encoder()


def test_a_head_without_its_encoder_has_it_encode(listening: Language) -> None:
    expected = annotated(listening)
    with listening.select_pipes(disable=["bert_encoder"]):
        assert annotated(listening) == expected
