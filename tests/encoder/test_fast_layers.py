"""Activations that are computed twice."""

import pytest
import torch

from tests.encoder.gradients import gradients
from tests.encoder.peer import SENTENCES
from tests.tiny import make_docs, make_encoder


def test_gradient_checkpointing_computes_layers_twice_and_gives_the_same_gradients(any_folder):
    docs = make_docs(SENTENCES[0], "Berlin")
    found, calls = [], []
    for checkpointing in (False, True):
        model = make_encoder(any_folder, gradient_checkpointing=checkpointing)
        layers = next(m for m in model.shims[0].module.modules() if isinstance(m, torch.nn.ModuleList))
        count = []
        attention = next(iter(layers[0].children()))
        attention.register_forward_pre_hook(lambda *_, count=count: count.append(1))
        torch.manual_seed(1)
        found.append(gradients(model, docs))
        calls.append(len(count))
    assert calls[1] == 2 * calls[0] > 0
    assert found[0].keys() == found[1].keys()
    for name, gradient in found[0].items():
        torch.testing.assert_close(found[1][name], gradient, atol=1e-5, rtol=1e-5, msg=name)


def test_an_architecture_without_gradient_checkpointing_is_named(bert_folder, monkeypatch):
    def refuse(*_, **__):
        raise ValueError("BertModel does not support gradient checkpointing.")

    monkeypatch.setattr("transformers.BertModel.gradient_checkpointing_enable", refuse)
    with pytest.raises(ValueError, match=r"B013.*BertModel"):
        make_encoder(bert_folder, gradient_checkpointing=True)


def test_an_encoder_that_learned_so_predicts(any_folder):
    """With every version of transformers: some leave hooks that can't be copied."""
    docs = make_docs(SENTENCES[0])
    model = make_encoder(any_folder, gradient_checkpointing=True)
    gradients(model, docs)
    expected = make_encoder(any_folder).predict(docs).piece_vectors
    torch.testing.assert_close(model.predict(docs).piece_vectors, expected)
