import copy

import pytest
import torch
from torch import nn

from spacy_bert_ext.kernels.blocked import BlockedLinear
from spacy_bert_ext.kernels.packed import PackedLinear
from tests.tiny import make_docs, make_encoder, without_dropout

DOCS = make_docs("the president of Germany met the chancellor", "Berlin met the Berlin")


def in_bf16():
    return torch.autocast("cpu", dtype=torch.bfloat16)


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("shape", [(3, 7, 24), (64, 24), (130, 24), (1, 24), (2, 3, 5, 24)])
def test_what_autocast_computes_is_computed(shape, bias):
    plain = nn.Linear(24, 10, bias=bias)
    blocked = BlockedLinear.sharing(copy.deepcopy(plain))
    found = []
    X = torch.randn(shape)
    for layer in (plain, blocked):
        leaf = X.clone().requires_grad_()
        with in_bf16():
            Y = layer(leaf)
        assert Y.dtype == torch.bfloat16
        Y.float().pow(2).sum().backward()
        found.append((Y, leaf.grad, *(weight.grad for weight in layer.parameters())))
    for one, other in zip(*found, strict=True):
        assert one.dtype == other.dtype
        torch.testing.assert_close(one.float(), other.float(), atol=0.05, rtol=0.02)


def test_without_autocast_or_gradients_it_is_a_plain_layer():
    plain = nn.Linear(24, 10)
    blocked = BlockedLinear.sharing(plain)
    X = torch.randn(5, 24)
    assert torch.equal(blocked(X), plain(X))
    with torch.no_grad(), in_bf16():
        assert torch.equal(blocked(X), plain(X))
    assert blocked.weight is plain.weight and blocked.bias is plain.bias


def test_frozen_weights_get_no_gradient():
    blocked = BlockedLinear.sharing(nn.Linear(24, 10))
    blocked.weight.requires_grad_(False)
    X = torch.randn(5, 24, requires_grad=True)
    with in_bf16():
        blocked(X).float().sum().backward()
    assert blocked.weight.grad is None
    assert X.grad is not None and blocked.bias.grad is not None


def test_encoders_that_train_in_bf16_have_blocked_layers_and_learn_the_same(any_folder):
    model = make_encoder(any_folder, precision="bf16")
    kinds = {type(part) for part in model.shims[0].module.modules() if isinstance(part, nn.Linear)}
    assert kinds == {BlockedLinear}
    assert not any(isinstance(part, BlockedLinear) for part in make_encoder(any_folder).shims[0].module.modules())
    predicting = {type(part) for part in model.shims[0].predictor().module.modules()}
    assert PackedLinear in predicting and BlockedLinear not in predicting
    gradients = []
    for precision in ("bf16", "fp32"):
        one = make_encoder(any_folder, precision=precision)
        without_dropout(one)
        encoded, backprop = one.begin_update(DOCS)
        encoded.piece_vectors.pow(2).sum().backward()
        backprop(None)
        weights = one.shims[0].module.named_parameters()
        gradients.append({name: weight.grad for name, weight in weights if weight.grad is not None})
    assert gradients[0].keys() == gradients[1].keys()
    for name, gradient in gradients[0].items():
        cosine = nn.functional.cosine_similarity(gradient.flatten(), gradients[1][name].flatten(), dim=0)
        assert gradient.norm() < 1e-3 or cosine > 0.97, name


def test_what_comes_out_may_be_changed_in_place():
    # Longformer and DeBERTa scale their queries so.
    blocked = BlockedLinear.sharing(nn.Linear(24, 10))
    X = torch.randn(5, 24, requires_grad=True)
    with in_bf16():
        Y = blocked(X)
        Y /= 2
    Y.float().sum().backward()
    with in_bf16():
        torch.testing.assert_close(X.grad, (blocked.weight.sum(0) / 2).expand(5, -1), atol=0.02, rtol=0.02)
