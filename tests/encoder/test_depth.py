"""Depths by hand, in tiny encoders of many architectures."""

import pytest
from transformers import (
    AlbertConfig,
    AutoModel,
    BertConfig,
    DebertaV2Config,
    DistilBertConfig,
    ElectraConfig,
    FunnelConfig,
    MegatronBertConfig,
    ModernBertConfig,
    MPNetConfig,
    PretrainedConfig,
    RobertaConfig,
    XLMConfig,
)

from spacy_bert_ext.encoder.depth import depths_of_weights

SIZES = {
    "vocab_size": 20,
    "hidden_size": 8,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "pad_token_id": 0,
}
DEBERTA = {"relative_attention": True, "position_buckets": 4, "norm_rel_ebd": "layer_norm", "pos_att_type": "c2p|p2c"}
BERT_LAYERS = {"encoder.layer.0.": 1, "encoder.layer.1.": 2, "encoder.layer.2.": 3}
POOLER = {"pooler.": 4}

# Depths by the beginning of the weights' names.
ENCODERS: dict[str, tuple[PretrainedConfig, dict[str, int]]] = {
    "bert": (BertConfig(**SIZES), {"embeddings.": 0, **BERT_LAYERS, **POOLER}),
    "roberta": (RobertaConfig(**SIZES), {"embeddings.": 0, **BERT_LAYERS, **POOLER}),
    "distilbert": (
        DistilBertConfig(vocab_size=20, dim=8, n_layers=3, n_heads=2, hidden_dim=16),
        {"embeddings.": 0, "transformer.layer.0.": 1, "transformer.layer.1.": 2, "transformer.layer.2.": 3},
    ),
    "electra": (
        ElectraConfig(embedding_size=4, **SIZES),
        {"embeddings.": 0, "embeddings_project.": 0, **BERT_LAYERS},
    ),
    "deberta-v2": (
        DebertaV2Config(**DEBERTA, **SIZES),
        # All layers read the embeddings of relative positions, which are normalized once.
        {"embeddings.": 0, "encoder.rel_embeddings.": 0, "encoder.LayerNorm.": 0, **BERT_LAYERS},
    ),
    "modernbert": (
        ModernBertConfig(**SIZES),
        {"embeddings.": 0, "layers.0.": 1, "layers.1.": 2, "layers.2.": 3, "final_norm.": 4},
    ),
    "albert, one layer three times": (
        AlbertConfig(embedding_size=4, **SIZES),
        {
            "embeddings.": 0,
            "encoder.embedding_hidden_mapping_in.": 0,
            "encoder.albert_layer_groups.0.": 1,
            "pooler.": 2,
        },
    ),
    "albert, two groups": (
        AlbertConfig(embedding_size=4, num_hidden_groups=2, **SIZES),
        {
            "embeddings.": 0,
            "encoder.embedding_hidden_mapping_in.": 0,
            "encoder.albert_layer_groups.0.": 1,
            "encoder.albert_layer_groups.1.": 2,
            "pooler.": 3,
        },
    ),
    "mpnet": (
        MPNetConfig(**{**SIZES, "pad_token_id": 1}),
        {"embeddings.": 0, "encoder.relative_attention_bias.": 0, **BERT_LAYERS, **POOLER},
    ),
    "megatron": (MegatronBertConfig(**SIZES), {"embeddings.": 0, **BERT_LAYERS, "encoder.ln.": 4, **POOLER}),
    "xlm, whose layers are in several lists": (
        XLMConfig(vocab_size=20, emb_dim=8, n_layers=2, n_heads=2),
        {
            "position_embeddings.": 0,
            "embeddings.": 0,
            "layer_norm_emb.": 0,
            **{
                f"{part}.{i}.": i + 1 for part in ("attentions", "layer_norm1", "ffns", "layer_norm2") for i in range(2)
            },
        },
    ),
    "funnel, whose layers are in lists of lists": (
        FunnelConfig(
            vocab_size=20,
            block_sizes=[2, 1],
            d_model=8,
            n_head=2,
            d_head=4,
            d_inner=16,
            architectures=["FunnelBaseModel"],
        ),
        {"embeddings.": 0, "encoder.": 1},
    ),
}


@pytest.mark.parametrize("kind", ENCODERS)
def test_depth_of_every_weight(kind: str) -> None:
    config, expected = ENCODERS[kind]
    module = AutoModel.from_config(config)
    depths = depths_of_weights(module)
    names = [name for name, _ in module.named_parameters()]
    assert list(depths.of) == names
    begun = {beginning: {depths.of[name] for name in names if name.startswith(beginning)} for beginning in expected}
    assert begun == {beginning: {depth} for beginning, depth in expected.items()}
    assert all(name.startswith(tuple(expected)) for name in names)


def test_layers_above() -> None:
    depths = depths_of_weights(AutoModel.from_config(BertConfig(**SIZES)))
    assert depths.n_layers == 3
    above = [
        ("embeddings.word_embeddings.weight", 3),
        ("encoder.layer.0.output.dense.bias", 2),
        ("encoder.layer.1.output.dense.bias", 1),
        ("encoder.layer.2.output.dense.bias", 0),
        ("pooler.dense.weight", 0),
    ]
    assert [(name, depths.layers_above(name)) for name, _ in above] == above
