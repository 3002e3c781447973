"""Weights for training and their copy that predicts."""

import copy
import pickle
import threading

import numpy as np
import pytest
import torch
from thinc.api import Adam, Linear

from spacy_bert_ext.encoder.model import EncoderModel
from spacy_bert_ext.encoder.shim import encoder_shim_of
from spacy_bert_ext.training.optimizer import AdamW, create_adamw_v1
from tests.tiny import make_docs, make_encoder, without_dropout

DOCS = make_docs("the president of Germany met the chancellor", "Berlin")


def train_once(model: EncoderModel, optimizer) -> None:
    encoded, backprop = model.begin_update(DOCS)
    encoded.piece_vectors.pow(2).sum().backward()
    backprop(None)
    if isinstance(optimizer, AdamW):
        optimizer.step(model.shims)
    else:
        model.shims[0].finish_update(optimizer)


def expected_vectors(model: EncoderModel, precision: torch.dtype) -> torch.Tensor:
    """What a fresh copy of the training module predicts now."""
    fresh = copy.deepcopy(model)
    for weight in fresh.shims[0].module.parameters():
        weight.data = weight.data.to(precision)
    return fresh.predict(DOCS).piece_vectors


OPTIMIZERS = {
    "AdamW": lambda: create_adamw_v1(encoder_learn_rate=0.01),
    "Adam": lambda: Adam(0.01, L2=0.0),
}


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_predictions_follow_the_weights(any_folder, precision, optimizer):
    model = make_encoder(any_folder, precision=precision)
    sgd = OPTIMIZERS[optimizer]()
    dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[precision]
    before = model.predict(DOCS).piece_vectors
    assert before.dtype == dtype
    for _ in range(2):
        train_once(model, sgd)
        after = model.predict(DOCS).piece_vectors
        assert (after - before).abs().max() > 0.01
        torch.testing.assert_close(after, expected_vectors(model, dtype), atol=1e-6, rtol=0)
        before = after
    assert {weight.dtype for weight in model.shims[0].module.parameters()} == {torch.float32}


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_predictions_use_averaged_weights_within_use_params(bert_folder, precision):
    model = make_encoder(bert_folder, precision=precision)
    shim = model.shims[0]
    before = model.predict(DOCS).piece_vectors
    name = "encoder.layer.1.output.dense.weight"
    weight = dict(shim.trainable_parameters())[name]
    pointer = weight.data_ptr()
    with shim.use_params({(shim.id, name): np.zeros(weight.shape, dtype="float32")}):
        assert not weight.any()
        inside = model.predict(DOCS).piece_vectors
        assert not torch.allclose(inside, before, atol=0.05)
    assert weight.data_ptr() == pointer
    assert torch.equal(model.predict(DOCS).piece_vectors, before)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_predicting_module_is_made_once_per_change(bert_folder, precision):
    shim = make_encoder(bert_folder, precision=precision).shims[0]
    first = shim.predictor().module
    assert shim.predictor().module is first
    shim.version += 1
    assert shim.predictor().module is not first


def test_predictions_from_threads_while_training_have_no_dropout(bert_folder):
    model = make_encoder(bert_folder)
    expected = model.predict(DOCS).piece_vectors
    found = []
    barrier = threading.Barrier(2)

    def predict() -> None:
        barrier.wait()
        found.extend(model.predict(DOCS).piece_vectors for _ in range(20))

    thread = threading.Thread(target=predict)
    thread.start()
    barrier.wait()
    for _ in range(20):
        model.begin_update(DOCS)
    thread.join()
    assert len(found) == 20
    assert all(torch.equal(vectors, expected) for vectors in found)


def test_training_has_dropout(bert_folder):
    model = make_encoder(bert_folder)
    first, _ = model.begin_update(DOCS)
    second, _ = model.begin_update(DOCS)
    assert not torch.allclose(first.piece_vectors, second.piece_vectors)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda shim: pickle.loads(pickle.dumps(shim))])
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_copies_have_weights_and_an_id_of_their_own(bert_folder, precision, copied):
    model = make_encoder(bert_folder, precision=precision)
    before = model.predict(DOCS).piece_vectors
    shim = model.shims[0]
    other = copied(shim)
    assert other.id != shim.id
    with torch.no_grad():
        for weight in other.module.parameters():
            weight.zero_()
    shim.version += 1
    assert torch.equal(model.predict(DOCS).piece_vectors, before)


def test_training_in_bf16_keeps_fp32_weights_gradients_and_vectors(bert_folder):
    model = make_encoder(bert_folder, precision="bf16")
    without_dropout(model)
    encoded, backprop = model.begin_update(DOCS)
    assert encoded.piece_vectors.dtype == encoded.window_vectors.dtype == torch.float32
    in_fp32 = make_encoder(bert_folder).predict(DOCS)
    difference = (encoded.piece_vectors - in_fp32.piece_vectors).abs().max().item()
    assert 1e-4 < difference < 0.1  # it was computed in bf16
    encoded.piece_vectors.sum().backward()
    backprop(None)
    weight = model.shims[0].module.get_input_embeddings().weight
    assert weight.dtype == weight.grad.dtype == torch.float32


def test_a_model_that_is_no_encoder_is_refused():
    with pytest.raises(ValueError, match=r"\[B295\] The model 'linear' is no encoder"):
        encoder_shim_of(Linear())


def test_weights_from_bytes_are_the_same_encoder_as_long_as_nothing_was_learned(bert_folder: str) -> None:
    model = make_encoder(bert_folder)
    shim, data = encoder_shim_of(model), model.to_bytes()
    identity = shim.identity
    model.from_bytes(data)
    assert shim.identity == identity
    other = make_encoder(bert_folder)
    train_once(other, create_adamw_v1())
    identity = encoder_shim_of(other).identity
    other.from_bytes(data)
    assert encoder_shim_of(other).identity not in (identity, shim.identity)
