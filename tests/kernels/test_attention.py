import pytest
import torch
from torch.nn import functional

from spacy_bert_ext.kernels import attention as module
from spacy_bert_ext.kernels.attention import TrainingAttention, attention
from tests.tiny import make_docs, make_encoder

SHAPE = (2, 3, 7, 4)  # windows, heads, pieces, width of a head
MASKS = {
    "none": None,
    "boolean": torch.arange(7).expand(2, 1, 1, 7) < torch.tensor([7, 4])[:, None, None, None],
    "added": torch.zeros(2, 1, 1, 7).masked_fill(
        torch.arange(7) >= torch.tensor([7, 4])[:, None, None, None], torch.finfo(torch.float32).min
    ),
}


def inputs(dtype: torch.dtype = torch.float32) -> list[torch.Tensor]:
    torch.manual_seed(0)
    return [torch.randn(SHAPE).to(dtype).requires_grad_() for _ in range(3)]


@pytest.mark.parametrize("mask", MASKS)
@pytest.mark.parametrize("scale", [None, 0.3])
def test_without_dropout_it_is_torchs_with_its_gradients(mask, scale):
    found = []
    for function in (attention, functional.scaled_dot_product_attention):
        leaves = inputs()
        Y = function(*leaves, attn_mask=MASKS[mask], scale=scale)
        Y.pow(2).sum().backward()
        found.append((Y, *(leaf.grad for leaf in leaves)))
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-5)


def test_weights_are_dropped_and_the_others_make_up_for_it():
    query, key, _ = inputs()
    ones = torch.ones(2, 3, 7, 4000)
    Y = attention(query, key, ones, dropout_p=0.3)
    # Each row of weights adds up to 1 without dropout; the same weights are dropped for all columns.
    assert torch.equal(Y, Y[..., :1].expand_as(Y))
    many = torch.stack([attention(query, key, ones[..., :1], dropout_p=0.3) for _ in range(400)])
    assert many.mean().item() == pytest.approx(1.0, abs=0.02)
    assert many.std() > 0.1


def test_only_bf16_on_a_cpu_with_dropout_is_computed_here(monkeypatch):
    calls = []
    monkeypatch.setattr(module, "attention", lambda *args, **kwargs: calls.append(kwargs) or args[2])
    bf16, fp32 = inputs(torch.bfloat16), inputs()
    with TrainingAttention():
        functional.scaled_dot_product_attention(*fp32, dropout_p=0.1)
        functional.scaled_dot_product_attention(*bf16)
        functional.scaled_dot_product_attention(*bf16, dropout_p=0.1, is_causal=True)
        assert calls == []
        functional.scaled_dot_product_attention(*bf16, dropout_p=0.1)
    functional.scaled_dot_product_attention(*bf16, dropout_p=0.1)
    assert len(calls) == 1


def test_encoders_that_train_in_bf16_use_it(bert_folder, monkeypatch):
    calls = []
    monkeypatch.setattr(module, "attention", lambda *a, **k: calls.append(a) or attention(*a, **k))
    model = make_encoder(bert_folder, precision="bf16")
    docs = make_docs("the president of Germany met the chancellor")
    model.begin_update(docs)
    assert len(calls) == model.shims[0].module.config.num_hidden_layers
    model.predict(docs)
    make_encoder(bert_folder).begin_update(docs)
    assert len(calls) == model.shims[0].module.config.num_hidden_layers


def test_checkpointed_gradients_are_computed_by_torch_both_times(bert_folder, monkeypatch):
    monkeypatch.setattr(module, "attention", lambda *_, **__: pytest.fail("computed here"))
    model = make_encoder(bert_folder, precision="bf16", gradient_checkpointing=True)
    encoded, backprop = model.begin_update(make_docs("the president of Germany met the chancellor"))
    encoded.piece_vectors.sum().backward()
    backprop(None)
    assert all(weight.grad is not None for name, weight in model.shims[0].trainable_parameters())
