"""spaCy's own heads on the shared encoder: vectors, gradients, the step, and what spaCy users expect of components."""

import copy
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import spacy
import torch
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import load_model_from_config, registry
from thinc.api import Adam

from spacy_bert_ext import save_pipeline
from spacy_bert_ext.heads.pooling import TOKEN_POOLINGS
from spacy_bert_ext.interop.tok2vec_listener import tok2vec
from spacy_bert_ext.sharing.listener import EncoderListener
from tests.coded import raises_code
from tests.interop.spacy_heads import (
    OUR_LISTENER,
    SPACY_HEADS,
    annotated,
    annotations,
    learned,
    make_initialized,
    make_with_tagger,
    on,
    spacy_weights,
)
from tests.interop.treebank import make_treebank, treebank_examples
from tests.pipeline.comparing import changed, weights_of
from tests.pipeline.gradients import ORDERS, assert_gradients_equal, recorded, update_as_spacy_train
from tests.pipeline.passes import counted_passes
from tests.pipeline.pipelines import adamw, encoder_config, encoder_of, learn
from tests.tiny import WIDTH, make_docs, make_encoder

# Vectors


@pytest.mark.parametrize("pooling", TOKEN_POOLINGS)
def test_vectors_of_tokens_are_pooled_from_their_pieces(any_folder: str, awkward_docs: list[Doc], pooling: str) -> None:
    encoder = make_encoder(any_folder, window_pieces=32, overlap_pieces=4)
    docs = [*awkward_docs, *make_docs("The tokenization of misunderstandings", vocab=awkward_docs[0].vocab)]
    model = tok2vec(encoder, pooling, 1.0)
    model.set_dim("nO", WIDTH)
    found = model.predict(docs)
    encoded = encoder.predict(docs)
    pieces = iter(encoded.piece_vectors.numpy())
    lengths = iter(encoded.pieces.per_token.tolist())
    reduce = {"first": lambda rows: rows[0], "mean": lambda rows: rows.mean(0), "max": lambda rows: rows.max(0)}
    assert len(found) == len(docs)
    for doc, vectors in zip(docs, found):
        assert vectors.shape == (len(doc), WIDTH) and vectors.dtype == np.float32
        for token, vector in zip(doc, vectors):
            rows = np.array([next(pieces) for _ in range(next(lengths))])
            expected = reduce[pooling](rows) if len(rows) else np.zeros(WIDTH)
            np.testing.assert_allclose(vector, expected, atol=1e-5, err_msg=token.text)


@pytest.mark.parametrize("pooling", TOKEN_POOLINGS)
def test_a_head_gives_what_it_gives_on_the_vectors_themselves(bert_folder: str, pooling: str) -> None:
    nlp = make_with_tagger(bert_folder, listener={**OUR_LISTENER, "pooling": pooling})
    docs = [eg.predicted for eg in treebank_examples(nlp)]
    tagger, encoder = nlp.get_pipe("tagger"), encoder_of(nlp)
    direct = tok2vec(encoder.model, pooling, 1.0)
    direct.set_dim("nO", WIDTH)
    softmax = tagger.model.layers[1]
    for found, expected in zip(tagger.model.predict(docs), softmax.predict(direct.predict(docs))):
        np.testing.assert_array_equal(found, expected)


def test_long_docs_in_parts_get_the_same_vectors(bert_folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    docs = make_docs(" ".join(doc.text for doc in make_treebank() * 20))
    for pooling in TOKEN_POOLINGS:
        model = tok2vec(make_encoder(bert_folder), pooling, 1.0)
        model.set_dim("nO", WIDTH)
        (expected,) = model.predict(docs)
        with monkeypatch.context() as patch:
            patch.setattr("spacy_bert_ext.encoder.predict.MAX_HELD_BYTES", 0)
            patch.setattr("spacy_bert_ext.encoder.predict.PART_PIECES", 100)
            (found,) = model.predict(docs)
        np.testing.assert_allclose(found, expected, atol=1e-5)


# Gradients


@pytest.mark.parametrize("grad_factor", [1.0, 0.25])
@pytest.mark.parametrize("update", ORDERS)
def test_encoder_gradient_is_that_of_backpropagation_through_everything(
    bert_folder: str, update: Callable, grad_factor: float
) -> None:
    nlp = make_with_tagger(bert_folder, listener={**OUR_LISTENER, "grad_factor": grad_factor})
    examples = treebank_examples(nlp)
    found = recorded(nlp, update, examples).of_encoder()
    tagger, module = nlp.get_pipe("tagger"), encoder_of(nlp).shim.module
    words = [[token.text for token in eg.predicted] for eg in examples]
    inputs = encoder_of(nlp).shim.checkpoint.tokenizer(
        words, is_split_into_words=True, padding=True, return_tensors="pt"
    )
    hidden = module(input_ids=inputs.input_ids, attention_mask=inputs.attention_mask).last_hidden_state
    vectors = [
        hidden[i, [place for place, word in enumerate(inputs.word_ids(i)) if word == j]].mean(0)
        for i, of_doc in enumerate(words)
        for j in range(len(of_doc))
    ]
    softmax = tagger.model.get_ref("softmax")
    logits = torch.stack(vectors) @ torch.tensor(softmax.get_param("W")).T + torch.tensor(softmax.get_param("b"))
    gold = torch.tensor([tagger.labels.index(token.tag_) for eg in examples for token in eg.reference])
    (torch.nn.functional.cross_entropy(logits, gold) * grad_factor).backward()
    expected = {f"encoder {name}": weight.grad for name, weight in module.named_parameters() if weight.grad is not None}
    assert_gradients_equal(found, expected)
    module.zero_grad()


@pytest.mark.parametrize("order", [("tagger", "bert_textcat"), ("bert_textcat", "tagger")])
@pytest.mark.parametrize("update", ORDERS)
def test_gradients_of_spacys_head_and_ours_add(bert_folder: str, update: Callable, order: tuple[str, str]) -> None:
    nlp = make_with_tagger(bert_folder, order)
    examples = treebank_examples(nlp)
    both, of_tagger, of_textcat = (
        recorded(nlp, update, examples, exclude=exclude).of_encoder() for exclude in ([], ["bert_textcat"], ["tagger"])
    )
    assert_gradients_equal(both, {name: of_tagger[name] + of_textcat[name] for name in both})


def test_a_factor_of_zero_leaves_the_encoder_as_it_is(bert_folder: str) -> None:
    nlp = make_with_tagger(bert_folder, listener={**OUR_LISTENER, "grad_factor": 0.0})
    before = weights_of(encoder_of(nlp).shim.module)
    sgd = Adam(0.001, L2=0.0)
    update_as_spacy_train(nlp, [treebank_examples(nlp)], sgd, ())
    assert not changed(before, encoder_of(nlp).shim.module)


# The step


@pytest.mark.parametrize("heads", [("tagger", "bert_ner"), ("bert_ner", "tagger"), ("parser", "tagger"), ("ner",)])
def test_the_step_is_taken_right_when_the_last_head_is_done(bert_folder: str, heads: tuple[str, ...]) -> None:
    nlp = make_initialized(bert_folder, heads)
    encoder, sgd = encoder_of(nlp), adamw()
    learn(nlp, treebank_examples(nlp), steps=1, sgd=sgd)
    before = weights_of(encoder.shim.module)
    learn(nlp, treebank_examples(nlp), steps=1, sgd=sgd)
    assert encoder.shared.step is None
    assert changed(before, encoder.shim.module)


@pytest.mark.parametrize("optimizer", [adamw, lambda: Adam(0.001)])
@pytest.mark.parametrize("update", ORDERS)
@pytest.mark.parametrize("frozen", ["tagger", "bert_ner", "bert_encoder"])
def test_what_is_frozen_keeps_its_weights_and_the_others_learn(
    bert_folder: str, frozen: str, update: Callable, optimizer: Callable
) -> None:
    nlp = make_with_tagger(bert_folder, ("tagger", "bert_ner"))
    tagger, modules = nlp.get_pipe("tagger"), {"bert_encoder": None, "bert_ner": None}
    modules = {name: nlp.get_pipe(name).shim.module for name in modules}
    before = {name: weights_of(module) for name, module in modules.items()}
    of_tagger, sgd = spacy_weights(tagger), optimizer()
    for _ in range(2):
        with counted_passes() as passes:
            update(nlp, [treebank_examples(nlp)], sgd, [frozen])
            assert passes.n == 1
    nlp("Completes a step that is owed")
    found = {name: changed(before[name], module) for name, module in modules.items()}
    found["tagger"] = learned(of_tagger, tagger)
    assert found == {name: name != frozen for name in found}


@pytest.mark.parametrize("update", ORDERS)
def test_a_head_with_nothing_annotated_changes_nothing_for_the_others(bert_folder: str, update: Callable) -> None:
    nlp = make_with_tagger(bert_folder, ("tagger", "parser"))
    examples = treebank_examples(nlp)
    expected = recorded(nlp, update, examples, exclude=["parser"]).of_encoder()
    of_tags_only = [
        Example.from_dict(eg.predicted, {"tags": [token.tag_ for token in eg.reference]}) for eg in examples
    ]
    assert_gradients_equal(recorded(nlp, update, of_tags_only).of_encoder(), expected)


def test_accumulated_gradients_are_the_mean_of_the_sub_batches_by_tokens(bert_folder: str) -> None:
    nlp = make_with_tagger(bert_folder)
    batches = [[eg] for eg in treebank_examples(nlp)]
    together = recorded(nlp, update_as_spacy_train, *batches).of_encoder()
    single = [recorded(nlp, update_as_spacy_train, batch).of_encoder() for batch in batches]
    n_tokens = [len(eg.predicted) for (eg,) in batches]
    assert len(set(n_tokens)) > 1
    weighted = {name: sum(step[name] * n for step, n in zip(single, n_tokens)) / sum(n_tokens) for name in together}
    assert_gradients_equal(together, weighted)
    assert_gradients_equal(together, recorded(nlp, update_as_spacy_train, treebank_examples(nlp)).of_encoder())


# Every head of spaCy's


@pytest.mark.parametrize("head", SPACY_HEADS)
def test_each_head_learns_and_is_saved_and_loaded(bert_folder: str, head: str, tmp_path: Path) -> None:
    nlp = make_initialized(bert_folder, [head])
    encoder = encoder_of(nlp)
    before = weights_of(encoder.shim.module)
    learn(nlp, treebank_examples(nlp), steps=30)
    assert changed(before, encoder.shim.module)
    assert nlp.evaluate(treebank_examples(nlp))[SPACY_HEADS[head][1]] == 1.0
    assert encoder.shared.in_flight.n_held == 0
    expected = annotated(nlp)
    nlp.to_disk(tmp_path)
    assert annotated(spacy.load(tmp_path)) == expected
    assert annotated(spacy.blank("en").from_config(nlp.config).from_bytes(nlp.to_bytes())) == expected


@pytest.fixture(scope="module")
def saved(bert_folder: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tagger, parser and entities on one encoder, trained and saved."""
    nlp = make_initialized(bert_folder, ("tagger", "parser", "bert_ner"))
    learn(nlp, treebank_examples(nlp), steps=30)
    folder = tmp_path_factory.mktemp("joint")
    nlp.to_disk(folder)
    return folder


@pytest.fixture
def joint(saved: Path) -> Language:
    return spacy.load(saved)


def test_heads_of_both_kinds_cost_one_pass(joint: Language) -> None:
    texts = [doc.text for doc in make_treebank()]
    with counted_passes() as passes:
        list(joint.pipe(texts))
        assert passes.n == 1
        joint(texts[0])
        assert passes.n == 2
    assert encoder_of(joint).shared.in_flight.n_held == 0


@pytest.mark.parametrize("update", ORDERS)
def test_heads_of_both_kinds_cost_one_pass_in_training(joint: Language, update: Callable) -> None:
    sgd = adamw()
    with counted_passes() as passes:
        for n_steps in (1, 2, 3):
            update(joint, [treebank_examples(joint)], sgd, ())
            assert passes.n == n_steps


def test_annotating_heads(joint: Language) -> None:
    seen = []

    @Language.component("sees_tags")
    def sees_tags(doc: Doc) -> Doc:
        seen.append([token.tag_ for token in doc])
        return doc

    joint.add_pipe("sees_tags")
    joint.update(treebank_examples(joint), sgd=adamw(), annotates=["tagger", "sees_tags"])
    assert seen == [[token.tag_ for token in doc] for doc in make_treebank()]


def test_a_disabled_encoder_encodes_for_its_heads(joint: Language) -> None:
    expected = annotated(joint)
    with joint.select_pipes(disable=["bert_encoder"]), counted_passes() as passes:
        assert annotated(joint) == expected
        assert passes.n == 1


def test_several_processes_give_what_one_gives(joint: Language) -> None:
    texts = [doc.text for doc in make_treebank()]
    found = joint.pipe(texts, n_process=2, batch_size=2)
    assert [annotations(doc) for doc in found] == annotated(joint)


def test_a_head_that_was_loaded_disabled_works_once_enabled(saved: Path, joint: Language) -> None:
    nlp = spacy.load(saved, disable=["tagger"])
    nlp.enable_pipe("tagger")
    assert annotated(nlp) == annotated(joint)
    with counted_passes() as passes:
        nlp("Angela Merkel")
        assert passes.n == 1


def test_a_head_without_its_encoder_is_refused(saved: Path) -> None:
    nlp = spacy.load(saved, exclude=["bert_encoder", "bert_ner"])
    with raises_code("B050"):
        nlp("Angela Merkel")


def test_an_encoder_of_another_width_is_refused(joint: Language) -> None:
    joint.get_pipe("tagger").model.get_ref("tok2vec").set_dim("nO", WIDTH + 1, force=True)
    with raises_code("B034"):
        joint("Angela Merkel")


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda nlp: pickle.loads(pickle.dumps(nlp))])
def test_copies_predict_the_same_and_learn_apart(joint: Language, copied: Callable) -> None:
    expected = annotated(joint)
    other = copied(joint)
    assert annotated(other) == expected
    before = weights_of(encoder_of(joint).shim.module)
    learn(other, treebank_examples(other), steps=2)
    assert changed(before, encoder_of(other).shim.module)
    assert not changed(before, encoder_of(joint).shim.module)
    assert annotated(joint) == expected


def test_heads_sourced_into_another_pipeline(joint: Language, saved: Path) -> None:
    nlp = spacy.blank("en")
    source = spacy.load(saved)
    for name in ("bert_encoder", "tagger", "parser", "bert_ner"):
        nlp.add_pipe(name, source=source)
    assert annotated(nlp) == annotated(joint)
    listeners = [node for node in nlp.get_pipe("tagger").model.walk() if isinstance(node, EncoderListener)]
    assert [node.encoder for node in listeners] == [encoder_of(nlp).shared]


@pytest.mark.parametrize("path", ["model.tok2vec", "model.tok2vec.encoder"])
@pytest.mark.parametrize("update", ORDERS)
def test_a_replaced_listener_is_saved_and_learns_by_itself(
    joint: Language, tmp_path: Path, update: Callable, path: str
) -> None:
    expected = annotated(joint)
    joint.replace_listeners("bert_encoder", "tagger", [path])
    assert annotated(joint) == expected
    joint.to_disk(tmp_path)
    nlp = spacy.load(tmp_path)
    assert annotated(nlp) == expected
    shared = encoder_of(nlp).shim.module
    (own,) = [node for node in nlp.get_pipe("tagger").model.walk() if node.name == "bert_encoder"]
    before = {"shared": weights_of(shared), "own": weights_of(own.shims[0].module)}
    update(nlp, [treebank_examples(nlp)], adamw(), ["parser", "bert_ner"])
    assert changed(before["own"], own.shims[0].module)
    assert not changed(before["shared"], shared)


@pytest.mark.parametrize("heads", [["parser", "bert_ner", "tagger"], ["tagger", "bert_ner", "parser"]])
def test_listeners_of_spacys_heads_and_ours_are_replaced_one_after_the_other(
    joint: Language, tmp_path: Path, heads: list[str]
) -> None:
    expected = annotated(joint)
    for head in heads:
        joint.replace_listeners("bert_encoder", head, ["model.encoder" if head == "bert_ner" else "model.tok2vec"])
    joint.remove_pipe("bert_encoder")
    save_pipeline(joint, tmp_path)
    loaded = spacy.load(tmp_path)
    assert "bert_encoder" not in loaded.pipe_names and annotated(loaded) == expected


@pytest.mark.parametrize("head", SPACY_HEADS)
def test_every_head_of_spacys_can_be_given_an_encoder_of_its_own(bert_folder: str, tmp_path: Path, head: str) -> None:
    nlp = make_initialized(bert_folder, [head], listener={**OUR_LISTENER, "pooling": "max"})
    learn(nlp, treebank_examples(nlp), steps=2)
    expected = annotated(nlp)
    nlp.replace_listeners("bert_encoder", head, ["model.tok2vec"])
    nlp.remove_pipe("bert_encoder")
    block = nlp.get_pipe_config(head)["model"]["tok2vec"]
    assert block["pooling"] == "max" and block["encoder"]["@architectures"] == "spacy-bert-ext.BertEncoder.v1"
    nlp.to_disk(tmp_path)
    assert annotated(spacy.load(tmp_path)) == expected


@pytest.mark.parametrize("path", ["model.tok2vec", "model.tok2vec.encoder"])
def test_a_head_sourced_with_an_encoder_of_its_own(joint: Language, saved: Path, path: str) -> None:
    replaced = {"source": str(saved), "replace_listeners": [path]}
    config = {"nlp": {"lang": "en", "pipeline": ["tagger"]}, "components": {"tagger": replaced}}
    nlp = load_model_from_config(config, auto_fill=True)
    assert nlp.pipe_names == ["tagger"]
    for text in [doc.text for doc in make_treebank()]:
        assert [token.tag_ for token in nlp(text)] == [token.tag_ for token in joint(text)]


def test_an_encoder_of_a_heads_own_learns_with_the_encoders_rate(joint: Language) -> None:
    joint.replace_listeners("bert_encoder", "tagger", ["model.tok2vec.encoder"])
    (own,) = [node for node in joint.get_pipe("tagger").model.walk() if node.name == "bert_encoder"]
    before = weights_of(own.shims[0].module)
    learn(joint, treebank_examples(joint), steps=1)
    steps = [(weight - before[name]).abs().max() for name, weight in own.shims[0].module.named_parameters()]
    assert 0 < max(steps) <= 1.1e-3  # the first step of Adam is as long as the rate; a head's is 1e-2


def test_a_head_with_an_encoder_of_its_own_from_the_start(bert_folder: str, tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    encoder = {"@architectures": "spacy-bert-ext.BertEncoder.v1", **encoder_config(bert_folder)["model"]}
    nlp.add_pipe("tagger", config=on({**OUR_LISTENER, "encoder": encoder}, "tagger"))
    untrained = spacy.blank("en").from_config(nlp.config).from_bytes(nlp.to_bytes())
    assert untrained.pipe_names == ["tagger"]
    nlp.initialize(lambda: treebank_examples(nlp))
    learn(nlp, treebank_examples(nlp), steps=30)
    assert nlp.evaluate(treebank_examples(nlp))["tag_acc"] == 1.0
    nlp.to_disk(tmp_path)
    assert b"pickle" not in (tmp_path / "tagger" / "model").read_bytes()
    assert annotated(spacy.load(tmp_path)) == annotated(nlp)


def test_heads_listen_to_the_encoder_that_they_name(bert_folder: str, roberta_folder: str) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", name="first", config=encoder_config(bert_folder))
    nlp.add_pipe("bert_encoder", name="second", config=encoder_config(roberta_folder))
    nlp.add_pipe("tagger", config=on({**OUR_LISTENER, "upstream": "first"}, "tagger"))
    nlp.add_pipe("morphologizer", config=on(OUR_LISTENER, "morphologizer"))
    nlp.initialize(lambda: treebank_examples(nlp))
    assert {name: nlp.get_pipe(name).listening_components for name in ("first", "second")} == {
        "first": ["tagger"],
        "second": ["morphologizer"],
    }


# Settings


def build(**settings: Any) -> Any:
    block = {"model": {**OUR_LISTENER, **settings}}
    return registry.resolve(block)["model"]


def test_settings_reach_the_model() -> None:
    model = build(upstream="encoder", pooling="max", grad_factor=0.5)
    assert (model.attrs["pooling"], model.attrs["grad_factor"]) == ("max", 0.5)
    assert model.layers[0].upstream == "encoder"
    assert (build().attrs["pooling"], build().attrs["grad_factor"]) == ("mean", 1.0) and build().layers[
        0
    ].upstream == "*"


def test_values_that_are_not_allowed_are_refused() -> None:
    with raises_code("B010"):
        build(pooling="last")
    with raises_code("B012"):
        build(grad_factor=-1.0)
