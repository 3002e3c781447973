"""Weights that are read, and that are refused."""

import json
import shutil

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import (
    AutoModel,
    CLIPConfig,
    CLIPModel,
    FunnelBaseModel,
    FunnelConfig,
    ViTConfig,
    ViTModel,
)

from spacy_bert_ext.huggingface.loading import load_checkpoint
from tests.huggingface.folders import edit_config
from tests.tiny import KINDS


def test_weights_are_loaded_in_fp32(folder):
    weights = {name: tensor.half() for name, tensor in load_file(folder / "model.safetensors").items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    edit_config(folder, torch_dtype="float16")
    assert {weight.dtype for weight in load_checkpoint(str(folder)).module.parameters()} == {torch.float32}


def test_the_module_is_of_the_class_that_transformers_chooses(any_folder):
    assert type(load_checkpoint(any_folder).module) is type(AutoModel.from_pretrained(any_folder))


def test_a_class_is_chosen_by_name_where_a_kind_of_checkpoint_has_several(folder):
    sizes = {"d_model": 32, "d_head": 16, "d_inner": 32, "n_head": 2, "block_sizes": [1, 1, 1], "vocab_size": 500}
    FunnelBaseModel(FunnelConfig(**sizes)).save_pretrained(folder)
    # Which gives a vector for several pieces.
    with pytest.raises(
        ValueError, match=r"B009.*FunnelBaseModel gives vectors of shape \(2, 2, 32\) where \(2, 8, 32\)"
    ):
        load_checkpoint(str(folder))


def test_pickled_weights_are_refused_unread(folder):
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(b"never opened")
    with pytest.raises(ValueError, match=r"B002.*no safetensors weights.*save_pretrained"):
        load_checkpoint(str(folder))


def test_a_folder_without_weights_is_refused(folder):
    (folder / "model.safetensors").unlink()
    with pytest.raises(ValueError, match="B002"):
        load_checkpoint(str(folder))


@pytest.mark.parametrize("kept", [0, 4, 100, 0.5, 0.99])
def test_truncated_weights_are_refused(folder, kept):
    whole = (folder / "model.safetensors").read_bytes()
    n_bytes = kept if isinstance(kept, int) else int(kept * len(whole))
    (folder / "model.safetensors").write_bytes(whole[:n_bytes])
    with pytest.raises(ValueError, match=r"B005.*BertModel.*truncated"):
        load_checkpoint(str(folder))


def test_weights_that_lack_a_tensor_are_refused(folder):
    weights = load_file(folder / "model.safetensors")
    del weights["encoder.layer.1.output.dense.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ValueError, match=r"B005.*missing encoder\.layer\.1\.output\.dense\.weight"):
        load_checkpoint(str(folder))


def test_weights_of_another_shape_are_refused(folder):
    edit_config(folder, intermediate_size=48)
    with pytest.raises(ValueError, match="B005.*BertModel"):
        load_checkpoint(str(folder))


@pytest.mark.parametrize("kind", KINDS)
def test_layers_that_the_config_does_not_count_are_refused(checkpoints, tmp_path, kind):
    folder = shutil.copytree(checkpoints[kind], tmp_path / "damaged")
    edit_config(folder, **{"n_layers" if kind == "distilbert" else "num_hidden_layers": 1})
    # Of ModernBERT, transformers 5.17 finds it in the config alone.
    with pytest.raises(ValueError, match=r"B005.*no place for \S*layers?\.1\..*number of layers must be|B001.*layer"):
        load_checkpoint(str(folder))


def test_a_model_of_something_else_than_text_is_refused(folder):
    # A type that transformers knows, but no AutoModel is made for.
    (folder / "config.json").write_text(json.dumps({"model_type": "trocr", "tokenizer_class": "BertTokenizerFast"}))
    with pytest.raises(ValueError, match=r"B009.*'trocr'.*no encoder of text"):
        load_checkpoint(str(folder))


@pytest.mark.parametrize("kind", ["clip", "vit"])
def test_a_model_that_sees_images_is_refused(folder, kind):
    small = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2}
    images = {**small, "image_size": 8, "patch_size": 4}
    if kind == "clip":
        model = CLIPModel(CLIPConfig(text_config={**small, "vocab_size": 500}, vision_config=images, projection_dim=8))
    else:
        model = ViTModel(ViTConfig(**images))
    model.save_pretrained(folder)
    edit_config(folder, tokenizer_class="BertTokenizerFast")
    with pytest.raises(ValueError, match=rf"B009.*'{kind}'.*no encoder of text"):
        load_checkpoint(str(folder))
