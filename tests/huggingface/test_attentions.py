from types import SimpleNamespace

import torch

from spacy_bert_ext.huggingface.attentions import attentions_of, use_eager_attention


def test_means_over_heads():
    layers = tuple(torch.rand(2, 3, 5, 5) for _ in range(2))
    found = attentions_of(SimpleNamespace(attentions=layers), (2, 5))
    assert torch.equal(found[1], layers[1].mean(1))


def test_outputs_without_weights_of_all_pairs():
    local = torch.rand(2, 3, 5, 4)
    for attentions in (None, (), (None, None), (local,), (torch.rand(2, 3, 5, 5), None), (torch.rand(2, 5, 5),)):
        assert attentions_of(SimpleNamespace(attentions=attentions), (2, 5)) is None
    assert attentions_of(SimpleNamespace(), (2, 5)) is None


def test_eager_attention():
    module = SimpleNamespace(config=SimpleNamespace(_attn_implementation="sdpa"))
    use_eager_attention(module)
    assert module.config._attn_implementation == "eager"
