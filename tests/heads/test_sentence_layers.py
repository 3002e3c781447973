"""Transformer layers over sentences, against torch's."""

import math

import torch
from torch import nn

from spacy_bert_ext.heads.sentence_layers import SentenceLayer, waves


def test_a_layer_is_torchs_encoder_layer() -> None:
    layer = SentenceLayer(8, n_heads=2, dropout=0.0)
    theirs = nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, activation="gelu", batch_first=True, norm_first=True)
    pairs = {
        "self_attn.in_proj_": layer.attention_in,
        "self_attn.out_proj.": layer.attention_out,
        "linear1.": layer.hidden_in,
        "linear2.": layer.hidden_out,
        "norm1.": layer.attention_norm,
        "norm2.": layer.hidden_norm,
    }
    theirs.load_state_dict({f"{name}{kind}": getattr(ours, kind) for name, ours in pairs.items() for kind in KINDS})
    vectors = torch.randn(5, 8)
    torch.testing.assert_close(layer(vectors, is_train=False), theirs(vectors[None])[0])


KINDS = ("weight", "bias")


def test_dropout_is_of_training_alone() -> None:
    layer, vectors = SentenceLayer(8, n_heads=2, dropout=0.5), torch.randn(5, 8)
    assert torch.equal(layer(vectors, is_train=False), layer(vectors, is_train=False))
    assert not torch.equal(layer(vectors, is_train=True), layer(vectors, is_train=True))


def test_waves_of_places() -> None:
    found = waves(3, 4, torch.zeros(1))
    slow = 1 / math.sqrt(10_000)
    torch.testing.assert_close(found[0], torch.tensor([0.0, 0.0, 1.0, 1.0]))
    torch.testing.assert_close(
        found[2], torch.tensor([math.sin(2), math.sin(2 * slow), math.cos(2), math.cos(2 * slow)])
    )
