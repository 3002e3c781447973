"""Weights that are frozen until a step: no gradients and no moments before, everything after."""

import copy

import pytest
import torch
from spacy.language import Language
from thinc.api import Adam

from spacy_bert_ext.encoder import model as encoder_model
from spacy_bert_ext.encoder.model import (
    EncoderModel,
)
from spacy_bert_ext.training.optimizer import AdamW, create_adamw_v1
from tests.annotated import make_examples
from tests.encoder.gradients import gradients, loss_of, trainable
from tests.encoder.peer import SENTENCES, Peer, check
from tests.pipeline.comparing import changed
from tests.pipeline.comparing import weights_of as copied_weights
from tests.pipeline.pipelines import adamw, encoder_of, head_of, learn, make_initialized
from tests.tiny import N_LAYERS, make_docs, make_encoder

DOCS = make_docs("the president of Germany met the chancellor", "Berlin")


def train_once(model: EncoderModel, optimizer) -> set[str]:
    """A step. RETURNS: The names of the weights that had gradients."""
    encoded, backprop = model.begin_update(DOCS)
    if encoded.piece_vectors.requires_grad:
        encoded.piece_vectors.pow(2).sum().backward()
    backprop(None)
    found = {name for name, weight in model.shims[0].module.named_parameters() if weight.grad is not None}
    model.shims[0].finish_update(optimizer)
    return found


def names_of(model: EncoderModel) -> set[str]:
    """What learns if nothing is frozen."""
    return {name for name, _ in model.shims[0].module.named_parameters() if not name.startswith("pooler.")}


@pytest.fixture(params=["AdamW", "Adam"])
def optimizer(request: pytest.FixtureRequest):
    return create_adamw_v1(encoder_learn_rate=0.01) if request.param == "AdamW" else Adam(0.01)


def test_lower_layers_learn_from_the_step_on(any_folder, optimizer):
    model = make_encoder(any_folder, freeze=1, unfreeze_step=2)
    depths = model.shims[0].loaded.freezing.depths.of
    upper = {name for name in names_of(model) if depths[name] >= 2}
    assert upper < names_of(model)
    assert [train_once(model, optimizer) for _ in range(4)] == [upper, upper, names_of(model), names_of(model)]
    assert model.shims[0].n_steps == 4


def test_a_frozen_part_has_no_moments(bert_folder):
    model, optimizer = make_encoder(bert_folder, freeze=1, unfreeze_step=1), create_adamw_v1()
    counts = []
    for _ in range(2):
        learned = train_once(model, optimizer)
        counts.append(sum(len(group["params"]) for group in optimizer._torch.param_groups))
        assert counts[-1] == len(optimizer._torch.state) == len(learned)
    assert counts[1] == len(names_of(model)) > counts[0]


def test_a_wholly_frozen_encoder_runs_without_gradients_until_the_step(bert_folder, optimizer, monkeypatch):
    with_gradients = []
    original = encoder_model.encode_with_gradients

    def note(*args, **settings):
        with_gradients.append(True)
        return original(*args, **settings)

    monkeypatch.setattr(encoder_model, "encode_with_gradients", note)
    model = make_encoder(bert_folder, freeze="all", unfreeze_step=2)
    before = model.predict(DOCS).piece_vectors
    predicting = model.shims[0].predictor().module
    for _ in range(2):
        assert train_once(model, optimizer) == set()
        assert model.shims[0].predictor().module is predicting  # it is not made anew, since nothing changes
    assert torch.equal(model.predict(DOCS).piece_vectors, before)
    assert not with_gradients
    assert not isinstance(optimizer, AdamW) or optimizer._torch is None
    assert train_once(model, optimizer) == names_of(model)
    assert with_gradients == [True]
    after = model.predict(DOCS).piece_vectors
    assert (after - before).abs().max() > 0.01
    torch.testing.assert_close(after, copy.deepcopy(model).predict(DOCS).piece_vectors)


def test_at_step_0_nothing_is_frozen(bert_folder):
    model = make_encoder(bert_folder, freeze="all", unfreeze_step=0)
    assert train_once(model, create_adamw_v1()) == names_of(model)


def test_without_the_setting_what_is_frozen_stays_so(bert_folder):
    model, optimizer = make_encoder(bert_folder, freeze="embeddings"), create_adamw_v1()
    found = [train_once(model, optimizer) for _ in range(3)]
    assert found[0] == found[2] and not any(name.startswith("embeddings.") for name in found[2])


def test_a_training_that_goes_on_starts_from_the_count_that_is_set(bert_folder):
    model = make_encoder(bert_folder, freeze="all", unfreeze_step=5)
    model.shims[0].n_steps = 4
    assert train_once(model, create_adamw_v1()) == set()
    assert train_once(model, create_adamw_v1()) == names_of(model)
    model.shims[0].n_steps = 0
    assert train_once(model, create_adamw_v1()) == set()
    assert copy.deepcopy(model).shims[0].n_steps == 1


def test_loaded_weights_start_to_count_anew(bert_folder):
    model = make_encoder(bert_folder, freeze="all", unfreeze_step=1)
    train_once(model, create_adamw_v1())
    assert train_once(model, create_adamw_v1()) == names_of(model)
    model.shims[0].from_bytes(model.shims[0].to_bytes())
    assert model.shims[0].n_steps == 0
    assert train_once(model, create_adamw_v1()) == set()


def update(nlp: Language, sgd) -> bool:
    """A step. RETURNS (bool): Whether the encoder learned."""
    before = copied_weights(encoder_of(nlp).shim.module)
    nlp.update(make_examples(nlp), sgd=sgd)
    return changed(before, encoder_of(nlp).shim.module)


def test_heads_learn_alone_first(bert_folder: str) -> None:
    nlp = make_initialized(bert_folder, freeze="all", unfreeze_step=3)
    heads = [copied_weights(head_of(nlp, name).shim.module) for name in nlp.pipe_names[1:]]
    sgd = adamw()
    assert [update(nlp, sgd) for _ in range(5)] == [False, False, False, True, True]
    assert encoder_of(nlp).shim.n_steps == 5
    assert all(changed(old, head_of(nlp, name).shim.module) for old, name in zip(heads, nlp.pipe_names[1:]))


def test_a_step_of_several_batches_counts_once(bert_folder: str) -> None:
    nlp = make_initialized(bert_folder, ("bert_textcat", "bert_ner"), freeze="all", unfreeze_step=2)
    shim, sgd = encoder_of(nlp).shim, adamw()
    for n_steps in (1, 2, 3):
        for _ in range(3):  # as spaCy does with `accumulate_gradient = 3`
            nlp.update(make_examples(nlp), sgd=False)
            assert shim.n_steps == n_steps - 1
            assert bool(shim.trainable_parameters()) == (n_steps == 3)
        for _, pipe in nlp.pipeline:
            pipe.finish_update(sgd)
        assert shim.n_steps == n_steps


def test_a_heads_own_encoder_counts_its_own_steps(bert_folder: str) -> None:
    nlp = make_initialized(bert_folder, ("bert_textcat", "bert_ner"), freeze="all", unfreeze_step=2)
    nlp.replace_listeners("bert_encoder", "bert_ner", ["model.encoder"])
    own = head_of(nlp, "bert_ner").own_encoder().shims[0]
    before = copied_weights(own.module)
    learn(nlp, steps=2)
    assert (own.n_steps, encoder_of(nlp).shim.n_steps) == (2, 2)
    assert not changed(before, own.module)
    learn(nlp, steps=1)
    assert changed(before, own.module)


def test_an_encoder_that_spacy_freezes_counts_no_steps(bert_folder: str) -> None:
    nlp = make_initialized(bert_folder, ("bert_textcat",), freeze="all", unfreeze_step=1)
    sgd = adamw()
    for _ in range(2):
        nlp.update(make_examples(nlp), sgd=sgd, exclude=["bert_encoder"])
    assert encoder_of(nlp).shim.n_steps == 0


FIRST_LAYER = {
    "bert": "encoder.layer.0.",
    "roberta": "encoder.layer.0.",
    "distilbert": "transformer.layer.0.",
    "modernbert": "layers.0.",
}


@pytest.mark.parametrize("kind", FIRST_LAYER)
@pytest.mark.parametrize("freeze", ["none", "embeddings", 0, 1])
def test_frozen_parts_get_no_gradients_and_the_others_do(checkpoints, kind, freeze):
    model = make_encoder(checkpoints[kind], freeze=freeze)
    frozen = {"none": (), "embeddings": ("embeddings.",), 0: ("embeddings.",), 1: ("embeddings.", FIRST_LAYER[kind])}
    # The pooler takes no part: heads have poolings of their own.
    names = [name for name, _ in model.shims[0].module.named_parameters() if not name.startswith("pooler.")]
    expected = {name for name in names if not name.startswith(frozen[freeze])}
    assert (expected < set(names)) == (freeze != "none")
    assert gradients(model, make_docs(SENTENCES[0])).keys() == expected


def test_freezing_all_layers_freezes_all_but_what_follows_them(any_folder):
    model = make_encoder(any_folder, freeze=N_LAYERS)
    assert all(name.startswith("final_norm.") for name in trainable(model))
    encoded, backprop = model.begin_update(make_docs(SENTENCES[0]))
    assert encoded.piece_vectors.requires_grad == bool(trainable(model))
    if trainable(model):
        loss_of(encoded).backward()
    backprop(None)
    assert all(weight.grad is not None for weight in trainable(model).values())


def test_a_wholly_frozen_encoder_gets_no_gradients_and_has_no_dropout(any_folder):
    model = make_encoder(any_folder, freeze="all")
    docs = make_docs(SENTENCES[0])
    assert not trainable(model)
    encoded, backprop = model.begin_update(docs)
    assert not encoded.piece_vectors.requires_grad
    assert backprop(None) == []
    check(encoded, Peer(any_folder), docs)


@pytest.mark.parametrize("freeze", [3, -1, "embedding", "2"])
def test_unknown_values_of_freeze_are_refused(bert_folder, freeze):
    with pytest.raises(ValueError, match=r"B010.*`freeze`.*from 0 to 2"):
        make_encoder(bert_folder, freeze=freeze)
