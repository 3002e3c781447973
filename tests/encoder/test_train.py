"""Vectors and gradients of training must be those of transformers' AutoModel."""

import pytest
import torch
from torch import Tensor

from tests.encoder.gradients import gradients, loss_of, trainable
from tests.encoder.limited_memory import ERRORS, limit_memory
from tests.encoder.peer import SENTENCES, Peer, check
from tests.tiny import WIDTH, make_docs, make_encoder, without_dropout


def test_training_without_dropout_gives_the_hidden_states_of_automodel(any_folder):
    docs = make_docs("Berlin", SENTENCES[0], "", "What is the weather ?")
    model = make_encoder(any_folder)
    without_dropout(model)
    encoded, _ = model.begin_update(docs)
    check(encoded, Peer(any_folder), docs)


def test_gradients_are_those_of_automodel(any_folder):
    docs = make_docs(SENTENCES[0], "Berlin")
    model = make_encoder(any_folder)
    without_dropout(model)
    found = gradients(model, docs)
    peer = Peer(any_folder)
    loss = torch.zeros(())
    weights = torch.linspace(-1, 1, WIDTH)
    for doc in docs:
        ids = [peer.tokenizer.cls_token_id, *peer.pieces(doc), peer.tokenizer.sep_token_id]
        states = peer.model(torch.tensor([ids])).last_hidden_state[0]
        loss = loss + (states[1:-1] * weights).pow(2).sum() + (states[0] * weights).sum()
    loss.backward()
    expected = {name: weight.grad for name, weight in peer.model.named_parameters() if weight.grad is not None}
    expected = {name: gradient for name, gradient in expected.items() if not name.startswith("pooler.")}
    assert found.keys() == expected.keys()
    for name, gradient in expected.items():
        torch.testing.assert_close(found[name], gradient, atol=1e-4, rtol=1e-3, msg=name)


def test_gradients_of_windows_alone_reach_the_weights(bert_folder):
    model = make_encoder(bert_folder)
    encoded, backprop = model.begin_update(make_docs("Berlin", "the"))
    encoded.window_vectors.sum().backward()
    backprop(None)
    assert all(weight.grad is not None for name, weight in trainable(model).items() if "pooler" not in name)


def test_backprop_without_a_gradient_leaves_none(bert_folder):
    model = make_encoder(bert_folder)
    _, backprop = model.begin_update(make_docs("Berlin"))
    backprop(None)
    assert all(weight.grad is None for weight in trainable(model).values())


def test_a_batch_without_pieces_can_be_trained_on(any_folder):
    model = make_encoder(any_folder)
    encoded, backprop = model.begin_update(make_docs("", ""))
    assert encoded.piece_vectors.shape == (0, WIDTH)
    (encoded.window_vectors.sum() + encoded.piece_vectors.sum()).backward()
    backprop(None)


@pytest.mark.parametrize("error", ERRORS)
def test_out_of_memory_in_training_says_what_to_change(bert_folder, error):
    model = make_encoder(bert_folder)
    limit_memory(model, 17, error)
    with pytest.raises(torch.OutOfMemoryError, match=r"B028.*18 padded pieces.*max_batch_pieces"):
        model.begin_update(make_docs(*["the of and the"] * 3))


def test_out_of_memory_on_the_way_back_says_what_to_change(bert_folder):
    model = make_encoder(bert_folder)
    encoded, backprop = model.begin_update(make_docs("the of and the"))
    loss_of(encoded).backward()

    def run_out(*_: Tensor) -> None:
        raise RuntimeError("MPS backend out of memory")

    model.shims[0].module.get_input_embeddings().weight.register_hook(run_out)
    with pytest.raises(torch.OutOfMemoryError, match=r"B028.*max_batch_pieces"):
        backprop(None)
