"""Checkpoints: what is refused, with which advice, and what is written."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers import (
    AutoModel,
    AutoTokenizer,
)

from spacy_bert_ext.huggingface.loading import load_checkpoint
from tests.tiny import MAX_WINDOW_PIECES, WIDTH, make_docs, make_encoder


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


def test_a_tokenizer_larger_than_the_embeddings_is_refused(folder):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_tokens(["one-more-piece"])
    tokenizer.save_pretrained(folder)
    with pytest.raises(ValueError, match=r"B008.*knows 501 pieces.*only 500"):
        load_checkpoint(str(folder))


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


def test_saving_prints_nothing(any_folder, tmp_path, capfd):
    checkpoint = load_checkpoint(any_folder)
    capfd.readouterr()
    save(checkpoint, tmp_path / "saved")
    assert capfd.readouterr() == ("", "")  # transformers 5 has a bar for it


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


@pytest.mark.parametrize("kind, has_pooler", [("bert", True), ("roberta", False)])
def test_a_pooler_is_saved_only_if_the_checkpoint_has_one(checkpoints, tmp_path, kind, has_pooler):
    checkpoint = load_checkpoint(checkpoints[kind])
    assert (checkpoint.module.pooler is not None) == has_pooler
    save(checkpoint, tmp_path / "saved")
    names = load_file(tmp_path / "saved" / "model.safetensors").keys()
    assert any(name.startswith("pooler.") for name in names) == has_pooler
