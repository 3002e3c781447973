import copy

import pytest
import torch
from torch import nn

from spacy_bert_ext.kernels import packed
from spacy_bert_ext.kernels.packed import PackedLinear, can_pack, pack_linear_layers
from tests.tiny import make_encoder

CPU = torch.device("cpu")

needs_operators = pytest.mark.skipif(not can_pack(CPU, torch.float32), reason="this torch has no packed layers")


def test_what_can_be_packed():
    assert not can_pack(CPU, torch.float16)
    assert not can_pack(torch.device("cuda"), torch.bfloat16)
    assert not can_pack(torch.device("mps"), torch.float32)


def test_a_torch_without_the_operators_keeps_its_layers(bert_folder, monkeypatch):
    monkeypatch.setattr(packed.torch.ops, "mkldnn", object())
    monkeypatch.setattr(packed, "_works", packed._works.__wrapped__)
    assert not can_pack(CPU, torch.float32)
    shim = make_encoder(bert_folder).shims[0]
    assert any(isinstance(module, nn.Linear) for module in shim.predictor().module.modules())


@needs_operators
@pytest.mark.parametrize("gelu", [False, True])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("shape", [(7, 33), (2, 5, 33), (1, 1, 33)])
def test_a_packed_layer_computes_what_the_layer_does(gelu, bias, shape):
    linear = nn.Linear(33, 20, bias=bias)
    X = torch.randn(shape)
    expected = linear(X)
    expected = nn.functional.gelu(expected) if gelu else expected
    torch.testing.assert_close(PackedLinear(linear, gelu=gelu)(X), expected)


@needs_operators
def test_all_linear_layers_of_any_architecture_are_packed(any_folder):
    module = copy.deepcopy(make_encoder(any_folder).shims[0].module).eval()
    ids = torch.randint(5, 40, (2, 9))
    with torch.no_grad():
        expected = module(input_ids=ids).last_hidden_state
        pack_linear_layers(module)
        found = module(input_ids=ids).last_hidden_state
    assert not any(type(part) is nn.Linear for part in module.modules())
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)


@needs_operators
def test_gelu_is_computed_within_the_layer_of_bert_only_where_it_is_exact(bert_folder):
    class Approximate(nn.Module):
        def forward(self, X):
            return nn.functional.gelu(X, approximate="tanh")

    for activation, is_fused in ((nn.GELU(), True), (Approximate(), False), (nn.ReLU(), False)):
        module = copy.deepcopy(make_encoder(bert_folder).shims[0].module).eval()
        intermediate = module.encoder.layer[0].intermediate
        intermediate.intermediate_act_fn = activation
        pack_linear_layers(module)
        assert (intermediate.dense.activation[0] == "gelu") == is_fused
        assert isinstance(intermediate.intermediate_act_fn, nn.Identity) == is_fused


def test_a_processor_that_the_operators_refuse_keeps_its_layers(monkeypatch):
    def refuse(*_):
        raise RuntimeError("bf16 path needs the cpu support avx512bw")

    monkeypatch.setattr(packed, "_works", packed._works.__wrapped__)
    monkeypatch.setattr(packed.torch.ops.mkldnn, "_reorder_linear_weight", refuse)
    assert not can_pack(CPU, torch.bfloat16)


@needs_operators
def test_kinds_of_linear_layers_that_others_read_stay(monkeypatch):
    module = nn.MultiheadAttention(8, 2).eval()
    pack_linear_layers(module)
    assert not isinstance(module.out_proj, PackedLinear)
