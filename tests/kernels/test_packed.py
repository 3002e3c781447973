import copy

import pytest
import torch
from torch import nn

from spacy_bert_ext.kernels import packed
from spacy_bert_ext.kernels.packed import PackedLinear, block_size, can_pack, pack_linear_layers
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


def test_few_rows_are_filled_up_to_few_sizes():
    sizes = {n: block_size(n) for n in range(1, 1025)}
    assert [sizes[n] for n in (1, 4, 5, 11, 17, 33, 52, 65, 130, 257)] == [4, 4, 8, 12, 20, 40, 56, 80, 160, 320]
    assert len(set(sizes.values())) == 32
    assert all(n <= size and size % 4 == 0 for n, size in sizes.items())
    assert all(block_size(size) == size for size in sizes.values())


@needs_operators
@pytest.mark.parametrize("precision", [precision for precision in packed.PACKABLE if can_pack(CPU, precision)])
@pytest.mark.parametrize("width, outer", [(384, 1536), (768, 3072)])
def test_a_row_is_the_same_among_few_rows_and_among_many(width, outer, precision):
    """In the shapes of MiniLM and BERT-base. Sums cancel, so that another order of adding up changes all digits."""
    for n_in, n_out, gelu in ((width, width, False), (width, outer, True), (outer, width, False)):
        weight, X = torch.randn(n_out, n_in // 2).to(precision), torch.randn(1024, n_in // 2).to(precision)
        order = torch.randperm(n_in // 2)
        linear = nn.utils.skip_init(nn.Linear, n_in, n_out, bias=False, dtype=precision)
        linear.weight.data = torch.cat([weight, weight[:, order]], dim=1)
        X = torch.cat([X, -X[:, order]], dim=1)
        layer = PackedLinear(linear, gelu=gelu)
        many = layer(X)
        for n_rows in (*range(1, 65), 70, 100, 200, 300):
            assert torch.equal(layer(X[:n_rows]), many[:n_rows]), (n_in, n_out, n_rows)


@needs_operators
def test_a_size_that_gives_other_rows_is_not_used(monkeypatch):
    monkeypatch.setattr(packed, "_FITS", {})
    layer, rows = PackedLinear(nn.Linear(33, 20), gelu=False), torch.randn(5, 33)
    products = []
    product = PackedLinear._product

    def seen(self, X, bias, activation):
        products.append(len(X))
        found = product(self, X, bias, activation)
        return found * 1.01 if len(X) == 8 else found

    monkeypatch.setattr(PackedLinear, "_product", seen)
    assert layer(rows).shape == (5, 20)
    assert products[-1] == 64
    assert layer(torch.randn(9, 33)).shape == (9, 20)
    assert products[-1] == 12
    n_products = len(products)
    layer(rows)
    assert products[n_products:] == [64]  # what was tried once is known
