"""Checkpoints: what is refused, with which advice, and what is written."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import (
    AutoModel,
    AutoTokenizer,
    CLIPConfig,
    CLIPModel,
    FunnelBaseModel,
    FunnelConfig,
    T5Config,
    ViTConfig,
    ViTModel,
)

from spacy_bert_ext.huggingface.loading import load_checkpoint, load_tokenizer
from tests.tiny import KINDS, MAX_WINDOW_PIECES, WIDTH, make_docs, make_encoder


@pytest.fixture
def folder(bert_folder, tmp_path) -> Path:
    """A checkpoint that may be damaged."""
    return shutil.copytree(bert_folder, tmp_path / "damaged")


def edit_config(folder: Path, **changes) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **changes}))


# What is read


def test_limits_and_special_pieces_of_each_kind(any_folder):
    checkpoint = load_checkpoint(any_folder)
    assert checkpoint.width == WIDTH
    assert checkpoint.max_window_pieces == MAX_WINDOW_PIECES
    tokenizer = checkpoint.tokenizer
    special = checkpoint.special_pieces()
    assert (special.before, special.after) == ([tokenizer.cls_token_id], [tokenizer.sep_token_id])
    ids = tokenizer("the").input_ids
    assert (ids[:1], ids[-1:]) == (special.before, special.after)


def test_special_pieces_are_known_of_a_tokenizer_that_truncates_and_pads(folder):
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    tokenizer["truncation"] = {"max_length": 2, "strategy": "LongestFirst", "stride": 0, "direction": "Right"}
    tokenizer["padding"] = {
        "strategy": {"Fixed": 16},
        "direction": "Right",
        "pad_to_multiple_of": None,
        "pad_id": 0,
        "pad_type_id": 0,
        "pad_token": "[PAD]",
    }
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    checkpoint = load_checkpoint(str(folder))
    special = checkpoint.special_pieces()
    assert (special.before, special.after) == ([2], [3])
    assert len(checkpoint.tokenizer) == len(load_checkpoint(str(folder)).tokenizer) == 500


def test_a_tokenizer_without_special_pieces_around_the_text(folder):
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    tokenizer["post_processor"] = None
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "PreTrainedTokenizerFast"}))
    special = load_checkpoint(str(folder)).special_pieces()
    assert (special.before, special.between, special.after) == ([], [], [])
    encoded = make_encoder(folder).predict(make_docs("the of", "", "the"))
    assert encoded.pieces_per_window.tolist() == [2, 0, 1]
    assert torch.equal(encoded.window_vectors[0], encoded.piece_vectors[0])
    assert not encoded.window_vectors[1].any()  # a window without a piece is not encoded
    trained, _ = make_encoder(folder).begin_update(make_docs("the of", "", "the"))
    assert not trained.window_vectors[1].any()


def test_byte_level_tokenizers_are_given_the_space_before_a_word(checkpoints):
    for kind in ("roberta", "modernbert"):
        tokenizer = load_tokenizer(checkpoints[kind])
        assert tokenizer.tokenize(["the", "of"], is_split_into_words=True) == ["Ġthe", "Ġof"]
        assert load_checkpoint(checkpoints[kind]).tokenizer.tokenize("the") == ["Ġthe"]


def test_weights_are_loaded_in_fp32(folder):
    weights = {name: tensor.half() for name, tensor in load_file(folder / "model.safetensors").items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    edit_config(folder, torch_dtype="float16")
    assert {weight.dtype for weight in load_checkpoint(str(folder)).module.parameters()} == {torch.float32}


def test_a_folder_that_looks_like_a_hub_name_is_read(bert_folder, tmp_path, monkeypatch):
    shutil.copytree(bert_folder, tmp_path / "owner" / "name")
    monkeypatch.chdir(tmp_path)
    assert load_checkpoint("owner/name").width == WIDTH


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


def test_loading_imports_no_architecture_but_its_own(bert_folder):
    """AutoModel would import more than two hundred, which took most of the time of loading."""
    program = (
        "import sys\nfrom transformers import AutoConfig, AutoModel, AutoTokenizer, PreTrainedModel\n"
        "def imported(): return {name for name in sys.modules if name.startswith('transformers.models.')}\n"
        "before = imported()\n"  # transformers 5.17 imports many at once
        "from spacy_bert_ext.huggingface.loading import load_checkpoint\n"
        "load_checkpoint(sys.argv[1])\n"
        "print(*{name.split('.')[2] for name in imported() - before})"
    )
    command = [sys.executable, "-c", program, bert_folder]
    result = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    imported = set(result.stdout.split())
    assert "bert" in imported
    assert len(imported) < 10


# What is refused


@pytest.mark.parametrize("name", ["/no/such/folder", "./checkpoint", "../checkpoint", "a/b/c"])
def test_a_folder_that_is_not_there_is_refused(name):
    with pytest.raises(ValueError, match=rf"B001.*'{name}': there is no such folder\. Set `name`"):
        load_checkpoint(name)
    with pytest.raises(ValueError, match="B001"):
        load_tokenizer(name)


@pytest.mark.parametrize("name", ["nobody-here/no-checkpoint", "no-checkpoint-of-this-name", "not a name", ""])
def test_a_hub_name_that_cannot_be_fetched_is_refused(name):
    with pytest.raises(ValueError, match=rf"B001.*'{name}'.*Set `name`"):
        load_checkpoint(name)


def test_a_folder_without_a_config_is_refused(folder):
    (folder / "config.json").unlink()
    with pytest.raises(ValueError, match=r"B001.*config\.json"):
        load_checkpoint(str(folder))


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"model_type": "no-such-model"}'])
def test_a_damaged_config_is_refused(folder, text):
    (folder / "config.json").write_text(text)
    with pytest.raises(ValueError, match="B001"):
        load_checkpoint(str(folder))


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_without_a_tokenizer_is_refused(checkpoints, tmp_path, kind):
    for name in ("config.json", "model.safetensors"):
        shutil.copy(Path(checkpoints[kind]) / name, tmp_path / name)
    with pytest.raises(ValueError, match=r"B004.*no fast tokenizer.*`tokenizer\.json`"):
        load_checkpoint(str(tmp_path))
    with pytest.raises(ValueError, match="B004"):
        load_tokenizer(str(tmp_path))


def test_a_damaged_tokenizer_is_refused(folder):
    (folder / "tokenizer.json").write_text('{"version": "1.0"')
    with pytest.raises(ValueError, match="B004"):
        load_checkpoint(str(folder))


def test_a_tokenizer_that_is_slow_only_is_refused(folder):
    (folder / "tokenizer.json").unlink()
    edit_config(folder, tokenizer_class="CanineTokenizer")
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "CanineTokenizer"}))
    with pytest.raises(ValueError, match=r"B004.*CanineTokenizer is a slow one"):
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


def test_code_of_a_checkpoint_is_never_run(folder, tmp_path):
    trace = tmp_path / "trace"
    (folder / "modeling.py").write_text(f"open({str(trace)!r}, 'w').close()\nclass Model: pass\nclass Config: pass\n")
    auto_map = {"AutoConfig": "modeling.Config", "AutoModel": "modeling.Model"}
    edit_config(folder, auto_map=auto_map)
    assert type(load_checkpoint(str(folder)).module).__name__ == "BertModel"  # an architecture that is known
    edit_config(folder, auto_map=auto_map, model_type="own-model")
    with pytest.raises(ValueError, match=r"B007.*`auto_map`.*never run"):
        load_checkpoint(str(folder))
    assert not trace.exists()


def test_a_tokenizer_larger_than_the_embeddings_is_refused(folder):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_tokens(["one-more-piece"])
    tokenizer.save_pretrained(folder)
    with pytest.raises(ValueError, match=r"B008.*knows 501 pieces.*only 500"):
        load_checkpoint(str(folder))


def test_an_encoder_with_a_decoder_is_refused(tmp_path):
    T5Config(d_model=8, num_layers=1).save_pretrained(tmp_path)
    with pytest.raises(ValueError, match=r"B009.*'t5'.*an encoder with a decoder"):
        load_checkpoint(str(tmp_path))


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


# What is written


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def save(checkpoint, folder: Path) -> dict[str, bytes]:
    folder.mkdir()
    checkpoint.save(folder)
    return files_of(folder)


def test_a_saved_checkpoint_gives_the_same_vectors(any_folder, tmp_path, awkward_docs):
    save(load_checkpoint(any_folder), tmp_path / "saved")
    expected = make_encoder(any_folder).predict(awkward_docs)
    found = make_encoder(tmp_path / "saved").predict(awkward_docs)
    assert torch.equal(found.piece_vectors, expected.piece_vectors)
    assert found.pieces.ids.tolist() == expected.pieces.ids.tolist()


def test_a_saved_checkpoint_opens_in_transformers(any_folder, tmp_path):
    checkpoint = load_checkpoint(any_folder)
    save(checkpoint, tmp_path / "saved")
    module, report = AutoModel.from_pretrained(tmp_path / "saved", output_loading_info=True)
    assert [key for key in report["missing_keys"] if not key.startswith("pooler.")] == []
    assert not report["unexpected_keys"]
    for name, weight in checkpoint.module.named_parameters():
        assert torch.equal(dict(module.named_parameters())[name], weight)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "saved")
    text = "The untranslatable words of 東京"
    assert tokenizer(text).input_ids == checkpoint.tokenizer(text).input_ids


def test_two_saves_are_equal_byte_by_byte(any_folder, tmp_path):
    checkpoint = load_checkpoint(any_folder)
    first = save(checkpoint, tmp_path / "first")
    assert save(checkpoint, tmp_path / "second") == first
    assert save(load_checkpoint(str(tmp_path / "first")), tmp_path / "third") == first


def test_no_saved_file_is_a_pickle_or_names_a_folder_of_the_machine(any_folder, tmp_path):
    files = save(load_checkpoint(any_folder), tmp_path / "saved")
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= files.keys()
    secrets = [str(tmp_path), any_folder, Path(any_folder).name, str(Path.home()), str(Path.cwd())]
    for name, content in files.items():
        assert name.endswith((".json", ".txt", ".safetensors"))
        assert not content.startswith((b"\x80", b"PK"))
        assert not [secret for secret in secrets if secret.encode() in content]


def test_a_loaded_checkpoint_has_forgotten_its_folder(any_folder):
    # transformers writes some of these, depending on its version.
    checkpoint = load_checkpoint(any_folder)
    assert checkpoint.config.name_or_path == checkpoint.module.config.name_or_path == ""
    assert checkpoint.tokenizer.name_or_path == ""
    assert "name_or_path" not in checkpoint.tokenizer.init_kwargs


@pytest.mark.parametrize("kind, has_pooler", [("bert", True), ("roberta", False)])
def test_a_pooler_is_saved_only_if_the_checkpoint_has_one(checkpoints, tmp_path, kind, has_pooler):
    checkpoint = load_checkpoint(checkpoints[kind])
    assert (checkpoint.module.pooler is not None) == has_pooler
    save(checkpoint, tmp_path / "saved")
    names = load_file(tmp_path / "saved" / "model.safetensors").keys()
    assert any(name.startswith("pooler.") for name in names) == has_pooler
