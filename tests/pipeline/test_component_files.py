"""Saving and loading: the same bytes, no network, nothing half written or half loaded, coded errors."""

import json
import os
import pickletools
import shutil
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import spacy
import srsly
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file
from spacy.language import Language
from transformers import AutoModel, AutoTokenizer

from tests.annotated import TEXTS, make_examples
from tests.coded import raises_code
from tests.pipeline.comparing import assert_same, changed, weights_of
from tests.pipeline.pipelines import HEADS, adamw, encoder_config, encoder_of, head_of, make_nlp
from tests.pipeline.saved_folders import assert_same_files, assert_unchanged, files_in, snapshot

ALL = ("bert_encoder", *HEADS)
CODE = r"\[B[01]\d\d\]"
FILES_OF_HEAD = ["cfg", "checksums.json", "model.safetensors"]


# Round trips


def test_loaded_pipeline_predicts_the_same(trained: Language, tmp_path: Path) -> None:
    expected = list(trained.pipe(TEXTS))
    trained.to_disk(tmp_path)
    assert_same(list(spacy.load(tmp_path).pipe(TEXTS)), expected, tolerance=1e-7)


@pytest.mark.parametrize("name", ALL)
def test_component_round_trip_by_disk(trained: Language, trained_folder: Path, tmp_path: Path, name: str) -> None:
    trained.get_pipe(name).to_disk(tmp_path / "one")
    fresh = spacy.load(trained_folder).get_pipe(name)
    with torch.no_grad():
        for weight in fresh.shim.module.parameters():
            weight.zero_()
    assert fresh.from_disk(tmp_path / "one") is fresh
    assert not changed(weights_of(trained.get_pipe(name).shim.module), fresh.shim.module)
    assert fresh.cfg == trained.get_pipe(name).cfg


@pytest.mark.parametrize("name", ALL)
def test_component_round_trip_by_bytes(trained: Language, bert_folder: str, name: str) -> None:
    component = trained.get_pipe(name)
    other = make_nlp(bert_folder)
    other.get_pipe("bert_encoder").from_bytes(encoder_of(trained).to_bytes())
    for head in HEADS:
        head_of(other, head).from_bytes(head_of(trained, head).to_bytes())
    fresh = other.get_pipe(name).from_bytes(component.to_bytes())
    assert not changed(weights_of(component.shim.module), fresh.shim.module)
    assert fresh.to_bytes() == component.to_bytes()


def test_pipeline_round_trip_by_bytes(trained: Language) -> None:
    other = type(trained).from_config(trained.config).from_bytes(trained.to_bytes())
    assert_same(list(other.pipe(TEXTS)), list(trained.pipe(TEXTS)), tolerance=1e-7)
    assert other.to_bytes() == trained.to_bytes()


def test_pipeline_that_is_not_initialized_can_be_saved_and_loaded(bert_folder: str, tmp_path: Path) -> None:
    nlp = make_nlp(bert_folder)
    head_of(nlp, "bert_ner").add_label("PLANET")
    nlp.to_disk(tmp_path)
    loaded = spacy.load(tmp_path)
    assert head_of(loaded, "bert_ner").labels == ("PLANET",)
    with raises_code("B021"):
        loaded("Hello")
    loaded.initialize(lambda: make_examples(loaded))
    assert loaded(TEXTS[0]).cats


def test_a_loaded_pipeline_goes_on_learning(trained: Language) -> None:
    before = {name: weights_of(component.shim.module) for name, component in trained.pipeline}
    trained.update(make_examples(trained), sgd=adamw())
    assert all(changed(before[name], component.shim.module) for name, component in trained.pipeline)


def test_a_loaded_pipeline_can_be_saved_over_the_folder_it_came_from(copied_folder: Path) -> None:
    nlp = spacy.load(copied_folder)
    with torch.no_grad():
        head_of(nlp, "bert_textcat_multilabel").shim.module.output.bias += 1
    nlp.to_disk(copied_folder)
    expected = list(nlp.pipe(TEXTS))
    assert_same(list(spacy.load(copied_folder).pipe(TEXTS)), expected, tolerance=1e-7)


@pytest.mark.parametrize("kind", ["roberta", "distilbert", "modernbert"])
def test_every_kind_of_checkpoint_is_saved_and_loaded(checkpoints: dict, kind: str, tmp_path: Path) -> None:
    nlp = make_nlp(checkpoints[kind])
    nlp.initialize(lambda: make_examples(nlp))
    nlp.to_disk(tmp_path / "one")
    loaded = spacy.load(tmp_path / "one")
    assert_same(list(loaded.pipe(TEXTS)), list(nlp.pipe(TEXTS)), tolerance=1e-7)
    loaded.to_disk(tmp_path / "two")
    assert_same_files(tmp_path / "one", tmp_path / "two")


# What is written


def test_saving_twice_gives_the_same_files(trained: Language, tmp_path: Path) -> None:
    for name in ("one", "two"):
        trained.to_disk(tmp_path / name)
    assert_same_files(tmp_path / "one", tmp_path / "two")
    trained.to_disk(tmp_path / "two")  # over an older one
    assert_same_files(tmp_path / "one", tmp_path / "two")


def test_saving_a_loaded_pipeline_gives_the_same_files(trained_folder: Path, tmp_path: Path) -> None:
    spacy.load(trained_folder).to_disk(tmp_path)
    assert_same_files(trained_folder, tmp_path)


def test_predicting_changes_nothing_that_is_saved(trained: Language, trained_folder: Path, tmp_path: Path) -> None:
    list(trained.pipe([*TEXTS, "other words , never seen before"]))
    for name in ALL:
        trained.get_pipe(name).to_disk(tmp_path / name)
        assert_same_files(trained_folder / name, tmp_path / name)


def test_no_pickle_is_in_a_saved_pipeline(trained_folder: Path) -> None:
    for file in trained_folder.rglob("*"):
        if not file.is_file() or file.is_relative_to(trained_folder / "vocab"):
            continue
        assert file.suffix not in (".bin", ".pt", ".pth", ".pkl", ".pickle"), file
        assert not zipfile.is_zipfile(file), file
        with pytest.raises((ValueError, EOFError, UnicodeDecodeError, KeyError, IndexError)):
            list(pickletools.genops(file.read_bytes()))


def test_files_of_a_saved_pipeline_are_those_of_a_checkpoint(trained_folder: Path) -> None:
    encoder = files_in(trained_folder / "bert_encoder")
    assert {"cfg", "checksums.json", "config.json", "model.safetensors", "tokenizer.json"} <= set(encoder)
    for name in HEADS:
        assert files_in(trained_folder / name) == FILES_OF_HEAD


def test_saved_files_may_be_read_by_all(trained_folder: Path) -> None:
    assert all(file.stat().st_mode & 0o444 == 0o444 for name in ALL for file in (trained_folder / name).iterdir())


def test_saved_encoder_is_a_checkpoint_that_transformers_opens(trained: Language, tmp_path: Path) -> None:
    encoder_of(trained).to_disk(tmp_path / "encoder")
    model = AutoModel.from_pretrained(tmp_path / "encoder").eval()
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "encoder")
    doc = trained.make_doc(TEXTS[0])
    inputs = tokenizer([token.text for token in doc], is_split_into_words=True, return_tensors="pt")
    with torch.no_grad():
        expected = model(**inputs).last_hidden_state[0]
    encoded = encoder_of(trained).model.predict([doc])
    torch.testing.assert_close(encoded.piece_vectors, expected[1:-1], rtol=0, atol=1e-5)
    torch.testing.assert_close(encoded.window_vectors[0], expected[0], rtol=0, atol=1e-5)


def test_saved_encoder_can_be_the_checkpoint_of_another_pipeline(trained: Language, tmp_path: Path) -> None:
    encoder_of(trained).to_disk(tmp_path / "encoder")
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", config=encoder_config(str(tmp_path / "encoder")))
    nlp.initialize()
    assert not changed(weights_of(encoder_of(trained).shim.module), encoder_of(nlp).shim.module)


def test_every_weight_is_saved_in_fp32(trained_folder: Path) -> None:
    for name in ALL:
        weights = load_file(trained_folder / name / "model.safetensors")
        assert {weight.dtype for weight in weights.values()} == {torch.float32}


# No network


def test_loading_needs_no_network(trained_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args, **kwargs):
        raise AssertionError(f"network access: {args}")

    for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("transformers.utils.hub._is_offline_mode", False, raising=False)  # transformers 4
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    nlp = spacy.load(trained_folder)
    assert nlp(TEXTS[0]).ents
    nlp.from_bytes(nlp.to_bytes())


def test_loading_in_a_fresh_process_needs_no_network(trained_folder: Path) -> None:
    program = f"""
import socket
def refuse(*args, **kwargs):
    raise AssertionError("network access")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
import spacy
assert spacy.load({str(trained_folder)!r})({TEXTS[0]!r}).ents
"""
    offline = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
    environment = {key: value for key, value in os.environ.items() if key not in offline}
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120, env=environment)


def test_loading_does_not_need_the_first_checkpoint(bert_folder: str, tmp_path: Path) -> None:
    checkpoint = shutil.copytree(bert_folder, tmp_path / "checkpoint")
    nlp = make_nlp(str(checkpoint))
    nlp.initialize(lambda: make_examples(nlp))
    nlp.to_disk(tmp_path / "saved")
    shutil.rmtree(checkpoint)
    assert_same(list(spacy.load(tmp_path / "saved").pipe(TEXTS)), list(nlp.pipe(TEXTS)))


# Saving that fails


@pytest.mark.parametrize("name", ALL)
def test_a_save_that_fails_leaves_the_old_folder_whole(
    trained: Language, trained_folder: Path, copied_folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    component = trained.get_pipe(name)
    with torch.no_grad():
        for weight in component.shim.module.parameters():
            weight += 1

    def fail(*args, **kwargs):
        raise OSError("disk full")

    monkeypatch.setattr("spacy_bert_ext.heads.module.save_file", fail)
    monkeypatch.setattr("transformers.modeling_utils.safe_save_file", fail)
    with pytest.raises(OSError, match="disk full"):
        component.to_disk(copied_folder / name)
    assert_same_files(copied_folder, trained_folder)
    assert not [path.name for path in copied_folder.iterdir() if path.name.startswith(".")]


def test_a_first_save_that_fails_leaves_nothing(
    trained: Language, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args, **kwargs):
        raise OSError("disk full")

    monkeypatch.setattr("spacy_bert_ext.heads.module.save_file", fail)
    with pytest.raises(OSError, match="disk full"):
        head_of(trained, "bert_ner").to_disk(tmp_path / "ner")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_something_else_is_not_replaced(trained: Language, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("irreplaceable")
    (tmp_path / "file").write_text("irreplaceable")
    for path in (tmp_path / "mine", tmp_path / "file"):
        with raises_code("B032"):
            encoder_of(trained).to_disk(path)
    assert (tmp_path / "mine" / "thesis.txt").read_text() == (tmp_path / "file").read_text() == "irreplaceable"


def test_an_empty_folder_is_filled(trained: Language, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    head_of(trained, "bert_ner").to_disk(tmp_path / "empty")
    assert files_in(tmp_path / "empty") == FILES_OF_HEAD


# Loading that fails


def cut_in_half(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def scramble(file: Path) -> None:
    file.write_bytes(b"not what it should be")


def empty(file: Path) -> None:
    file.write_bytes(b"")


@pytest.mark.parametrize("damage", [Path.unlink, cut_in_half, scramble, empty])
@pytest.mark.parametrize(
    "file",
    [
        "bert_encoder/cfg",
        "bert_encoder/config.json",
        "bert_encoder/model.safetensors",
        "bert_encoder/tokenizer.json",
        "bert_ner/cfg",
        "bert_ner/model.safetensors",
        "bert_textcat/cfg",
        "bert_textcat/model.safetensors",
        "bert_textcat_multilabel/model.safetensors",
    ],
)
def test_a_damaged_file_gives_a_coded_error_and_changes_nothing(
    trained: Language, copied_folder: Path, file: str, damage
) -> None:
    damage(copied_folder / file)
    folder = copied_folder / file.split("/")[0]
    component = trained.get_pipe(folder.name)
    before = snapshot(component)
    with pytest.raises(ValueError, match=CODE) as caught:
        component.from_disk(folder)
    assert folder.name in str(caught.value)
    assert_unchanged(component, before)
    data = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(ValueError, match=CODE):
        component.from_bytes(srsly.msgpack_dumps(data))
    assert_unchanged(component, before)


@pytest.mark.parametrize("name", ALL)
def test_a_missing_folder_gives_a_coded_error(trained: Language, tmp_path: Path, name: str) -> None:
    before = snapshot(trained.get_pipe(name))
    with raises_code("B030") as caught:
        trained.get_pipe(name).from_disk(tmp_path / "nothing")
    assert str(tmp_path / "nothing") in str(caught.value)
    assert_unchanged(trained.get_pipe(name), before)


@pytest.mark.parametrize(
    ("file", "code"),
    [
        ("bert_encoder/config.json", "B030"),
        ("bert_encoder/model.safetensors", "B030"),
        ("bert_ner/model.safetensors", "B030"),
        ("bert_textcat/model.safetensors", "B030"),
    ],
)
def test_a_pipeline_without_one_of_its_files_does_not_load(copied_folder: Path, file: str, code: str) -> None:
    (copied_folder / file).unlink()
    with raises_code(code):
        spacy.load(copied_folder)


def test_a_load_that_fails_at_the_device_changes_nothing(trained: Language, bert_folder: str, tmp_path: Path) -> None:
    trained.replace_listeners("bert_encoder", "bert_ner", ["model.encoder"])
    head_of(trained, "bert_ner").to_disk(tmp_path / "saved")
    encoder = {"@architectures": "spacy-bert-ext.BertEncoder.v1", "name": bert_folder, "device": "cuda:77"}
    head = spacy.blank("en").add_pipe("bert_ner", config={"model": {"encoder": encoder}})
    with raises_code("B011"):
        head.from_disk(tmp_path / "saved")
    assert head.labels == ()


def test_a_cfg_that_is_no_table_gives_an_error(trained: Language, copied_folder: Path) -> None:
    srsly.write_json(copied_folder / "bert_ner" / "cfg", ["labels"])
    with raises_code("B030"):
        head_of(trained, "bert_ner").from_disk(copied_folder / "bert_ner")


def test_encoder_weights_of_another_shape_give_an_error(trained: Language, copied_folder: Path) -> None:
    config = copied_folder / "bert_encoder" / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "hidden_size": 64}))
    before = snapshot(encoder_of(trained))
    with raises_code("B005"):
        encoder_of(trained).from_disk(config.parent)
    assert_unchanged(encoder_of(trained), before)


def test_code_in_a_saved_encoder_is_refused(trained: Language, copied_folder: Path) -> None:
    folder = copied_folder / "bert_encoder"
    config = json.loads((folder / "config.json").read_text())
    config.update(model_type="mine", auto_map={"AutoConfig": "mine.Mine", "AutoModel": "mine.Mine"})
    (folder / "config.json").write_text(json.dumps(config))
    marker = copied_folder / "was_run"
    (folder / "mine.py").write_text(f"open({str(marker)!r}, 'w').close()\nclass Mine: pass\n")
    with raises_code("B007"):
        encoder_of(trained).from_disk(folder)
    assert not marker.exists()


# Bytes


@pytest.mark.parametrize("file", ["../outside", "/tmp/spacy-bert-ext-outside", "a/../../outside", "..", "cfg/../../x"])
def test_bytes_that_name_files_outside_are_refused(trained: Language, file: str) -> None:
    component = encoder_of(trained)
    data = srsly.msgpack_loads(component.to_bytes())
    with raises_code("B033"):
        component.from_bytes(srsly.msgpack_dumps({**data, file: b"evil"}))
    assert not Path("/tmp/spacy-bert-ext-outside").exists()


@given(st.binary(max_size=200))
def test_any_bytes_load_or_give_a_coded_error(shared_trained: Language, data: bytes) -> None:
    with pytest.raises(ValueError, match=CODE):
        head_of(shared_trained, "bert_ner").from_bytes(data)


@given(st.floats(0, 0.999))
def test_bytes_that_are_cut_short_give_a_coded_error(shared_trained: Language, share: float) -> None:
    data = head_of(shared_trained, "bert_textcat").to_bytes()
    with raises_code("B030"):
        head_of(shared_trained, "bert_textcat").from_bytes(data[: int(share * len(data))])


@pytest.mark.parametrize(
    "data", [{"cfg": 7}, {"cfg": None}, {"": b"x"}, {".": b"x"}, {7: b"x"}, {"cfg": b"{}", "cfg/x": b""}, [1, 2], "cfg"]
)
def test_bytes_of_odd_structure_give_a_coded_error(shared_trained: Language, data: object) -> None:
    with pytest.raises(ValueError, match=CODE):
        head_of(shared_trained, "bert_ner").from_bytes(srsly.msgpack_dumps(data))
