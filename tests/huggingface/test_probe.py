"""What loading tries of encoders of unknown types."""

import pytest
import torch
from transformers import AutoConfig, AutoModel, PreTrainedModel

from spacy_bert_ext.huggingface import probe
from spacy_bert_ext.huggingface.loading import load_checkpoint
from spacy_bert_ext.huggingface.probe import KNOWN, are_same, check_vectors, probe_of
from tests.tiny import TOKENIZERS

SIZES = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 16,
    "vocab_size": 500,
    "initializer_range": 0.3,
    "pad_token_id": 0,
}
GROUPS = {f"{name}_groups": 1 for name in ("q", "k", "v", "post_attention", "output")}
EXTRA = {
    "electra": {"embedding_size": 8},
    "modernbert": {"local_attention": 4, "cls_token_id": 1, "bos_token_id": 1, "sep_token_id": 2, "eos_token_id": 2},
    "longformer": {"attention_window": [4, 4]},
    "squeezebert": {"embedding_size": 16, **GROUPS},
    "mobilebert": {"embedding_size": 16, "intra_bottleneck_size": 16},
}


def make(model_type: str) -> PreTrainedModel:
    settings = {**SIZES, **EXTRA.get(model_type, {})}
    return AutoModel.from_config(AutoConfig.for_model(model_type, **settings)).eval()


def save(module: PreTrainedModel, folder) -> str:
    module.save_pretrained(folder)
    TOKENIZERS["bert"]().save_pretrained(folder)
    return str(folder)


@pytest.mark.parametrize("model_type", sorted({*KNOWN, "longformer", "mobilebert", "roformer"}))
def test_known_types_and_others_pass(model_type, monkeypatch):
    monkeypatch.setattr(probe, "KNOWN", frozenset())
    check_vectors("name", make(model_type))


@pytest.mark.parametrize("model_type", sorted(KNOWN))
def test_known_types_are_not_run(model_type, monkeypatch):
    module = make(model_type)
    monkeypatch.setattr(module, "forward", lambda **_: pytest.fail("was run"))
    check_vectors("name", module)


def test_vectors_that_change_with_padding_are_refused(tmp_path):
    folder = save(make("convbert"), tmp_path)
    with pytest.raises(ValueError, match=rf"B072.*'{folder}' change with the padding.*ConvBertModel"):
        load_checkpoint(folder)


def test_an_encoder_without_a_mask_is_refused(tmp_path):
    # transformers 5 takes one, and does nothing with it.
    with pytest.raises(ValueError, match=r"(B009.*'fnet'.*FNetModel fails on them: .*attention_mask|B072.*FNetModel)"):
        load_checkpoint(save(make("fnet"), tmp_path))


def test_an_encoder_that_needs_the_pooler_it_lacks_is_refused(tmp_path):
    module = make("squeezebert")
    assert load_checkpoint(save(module, tmp_path / "whole")).width == 16
    module.pooler = torch.nn.Identity()
    with pytest.raises(ValueError, match=r"B009.*'squeezebert'.*SqueezeBertModel fails on them"):
        load_checkpoint(save(module, tmp_path / "without"))


def test_vectors_of_another_width_are_refused():
    module = make("roformer")
    module.config.hidden_size = 15
    with pytest.raises(ValueError, match=r"B009.*'roformer'.*\(2, 8, 16\) where \(2, 8, 15\) would be right"):
        check_vectors("name", module)


def test_a_probe_is_two_windows_and_their_padding():
    module = make("bert")
    ids, mask = probe_of(module, n_padding=2)
    assert ids.tolist() == [[*range(8), 0, 0], [*range(8, 16), 0, 0]]
    assert mask.tolist() == [[1] * 8 + [0] * 2] * 2
    module.resize_token_embeddings(5)
    assert probe_of(module)[0][1].tolist() == [3, 4, 0, 1, 2, 3, 4, 0]


def test_rounding_is_measured_by_the_largest_value():
    assert are_same(torch.tensor([0.00009]), torch.tensor([0.0]))
    assert not are_same(torch.tensor([0.0002]), torch.tensor([0.0]))
    assert are_same(torch.tensor([0.9, 1e4]), torch.tensor([0.0, 1e4]))
    assert not are_same(torch.zeros(1), torch.zeros(2))
    assert not are_same(torch.tensor([torch.nan]), torch.zeros(1))
