"""Heads belong to the encoder that they were trained with: in memory, on disk, after a mix of folders."""

import pickle
import re
import shutil
import warnings
from pathlib import Path

import pytest
import spacy
import torch
from spacy.language import Language

from tests.annotated import TEXTS, make_examples
from tests.coded import raises_code
from tests.pipeline.pipelines import HEADS, adamw, encoder_of, head_of, learn, make_initialized
from tests.pipeline.saved_folders import loads_in_silence

ALL = ("bert_encoder", *HEADS)


@pytest.fixture(scope="module")
def other_folder(bert_folder: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another pipeline on the same checkpoint; see `trained_folder`."""
    nlp = make_initialized(bert_folder)
    learn(nlp, steps=1)
    folder = tmp_path_factory.mktemp("pipelines") / "other"
    nlp.to_disk(folder)
    return folder


def replace(folder: Path, other: Path, name: str) -> None:
    shutil.rmtree(folder / name)
    shutil.copytree(other / name, folder / name)


def test_an_encoder_without_checksums_is_still_that_of_its_heads(copied_folder: Path) -> None:
    (copied_folder / "bert_encoder" / "checksums.json").unlink()
    with pytest.warns(UserWarning) as caught:
        list(spacy.load(copied_folder).pipe(TEXTS))
    assert {re.search(r"B\d+", str(warning.message))[0] for warning in caught} == {"B191"}


def test_a_head_that_is_read_back_from_bytes_belongs_to_its_encoder(trained: Language) -> None:
    learn(trained, steps=1)
    head_of(trained, "bert_ner").from_bytes(head_of(trained, "bert_ner").to_bytes())
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        list(trained.pipe(TEXTS))


@pytest.mark.parametrize("name", ALL)
def test_a_folder_of_another_pipeline_is_refused(copied_folder: Path, other_folder: Path, name: str) -> None:
    replace(copied_folder, other_folder, name)
    with raises_code("B171", match="was not saved together with its encoder 'bert_encoder'"):
        spacy.load(copied_folder)


@pytest.mark.parametrize("name", HEADS)
def test_heads_of_two_saves_on_a_frozen_encoder_are_refused(bert_folder: str, tmp_path: Path, name: str) -> None:
    nlp = make_initialized(bert_folder, freeze="all")
    nlp.to_disk(tmp_path / "one")
    learn(nlp, steps=1)
    nlp.to_disk(tmp_path / "two")
    replace(tmp_path / "two", tmp_path / "one", name)
    with raises_code("B171", match=name):
        spacy.load(tmp_path / "two")


def test_how_to_accept_what_was_mixed(copied_folder: Path, other_folder: Path) -> None:
    replace(copied_folder, other_folder, "bert_ner")
    for name in ("bert_ner", "bert_encoder"):
        (copied_folder / name / "checksums.json").unlink()
    with pytest.warns(UserWarning, match="B191"):
        nlp = spacy.load(copied_folder)
    nlp.to_disk(copied_folder)
    loads_in_silence(copied_folder)


def test_bytes_of_two_pipelines_are_refused(trained: Language, other_folder: Path) -> None:
    other = spacy.load(other_folder)
    ner = head_of(other, "bert_ner").to_bytes()
    other.from_bytes(trained.to_bytes())
    with raises_code("B171"):
        head_of(other, "bert_ner").from_bytes(ner)


@pytest.mark.parametrize("name", ALL)
def test_what_is_left_out_or_disabled_hinders_nothing(trained_folder: Path, tmp_path: Path, name: str) -> None:
    nlp = spacy.load(trained_folder, disable=[name])
    nlp.to_disk(tmp_path / "disabled")
    loads_in_silence(tmp_path / "disabled")
    if name != "bert_encoder":
        spacy.load(trained_folder, exclude=[name]).to_disk(tmp_path / "excluded")
        loads_in_silence(tmp_path / "excluded")


def test_heads_with_encoders_of_their_own_are_loaded(trained: Language, tmp_path: Path) -> None:
    trained.replace_listeners("bert_encoder", "bert_ner", ["model.encoder"])
    trained.to_disk(tmp_path)
    loads_in_silence(tmp_path)
    weights = tmp_path / "bert_ner" / "encoder" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x01")
    with raises_code("B170", match="encoder/model.safetensors"):
        spacy.load(tmp_path)


def test_two_saves_with_a_step_between_differ_and_two_without_do_not(trained: Language, tmp_path: Path) -> None:
    recorded = []
    for step in (False, False, True):
        if step:
            trained.update(make_examples(trained), sgd=adamw())
        trained.to_disk(tmp_path)
        recorded.append([(tmp_path / name / "checksums.json").read_text() for name in ALL])
    assert recorded[0] == recorded[1]
    assert all(before != after for before, after in zip(recorded[1], recorded[2]))


def test_weights_that_are_changed_by_hand_are_seen_when_saved(trained: Language, tmp_path: Path) -> None:
    before = encoder_of(trained).belonging()
    with torch.no_grad():
        next(encoder_of(trained).shim.module.parameters()).add_(1)
    assert encoder_of(trained).belonging()["weights"] != before["weights"]


def test_a_head_that_is_saved_alone_takes_the_step_that_is_owed(trained: Language, tmp_path: Path) -> None:
    trained.to_disk(tmp_path)
    with trained.select_pipes(enable=["bert_encoder", "bert_ner"]):
        trained.update(make_examples(trained), sgd=adamw())
    for name in HEADS:
        head_of(trained, name).to_disk(tmp_path / name)
    encoder_of(trained).to_disk(tmp_path / "bert_encoder")
    loads_in_silence(tmp_path)


def test_a_head_on_another_encoder_warns_once(trained: Language, other_folder: Path) -> None:
    other = spacy.load(other_folder)
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", source=trained)
    nlp.add_pipe("bert_ner", source=trained)
    nlp.add_pipe("bert_textcat", source=other)
    with pytest.warns(UserWarning, match="B192") as caught:
        list(nlp.pipe(TEXTS * 3, batch_size=2))
    assert [
        warning.message.args[0].count("'bert_textcat'") for warning in caught if "B192" in str(warning.message)
    ] == [1]


def test_a_second_encoder_under_another_name_is_no_foreign_one(trained: Language, other_folder: Path) -> None:
    other = spacy.load(other_folder)
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", source=trained)
    nlp.add_pipe("bert_ner", source=trained)
    nlp.add_pipe("bert_encoder", name="second", source=other)
    nlp.add_pipe("bert_textcat", source=other)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        list(nlp.pipe(TEXTS))


def test_a_merged_pipeline_that_is_saved_unused_warns(trained: Language, other_folder: Path, tmp_path: Path) -> None:
    other = spacy.load(other_folder)
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", source=trained)
    nlp.add_pipe("bert_textcat", source=other)
    with pytest.warns(UserWarning, match="B192.*'bert_textcat'.*'bert_encoder'"):
        nlp.to_disk(tmp_path)
    loads_in_silence(tmp_path)


def test_training_and_copying_keep_what_belongs_together(trained: Language) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        trained.update(make_examples(trained), sgd=adamw())
        encoder_of(trained).to("cpu", precision="bf16")
        list(trained.pipe(TEXTS))
        list(pickle.loads(pickle.dumps(trained)).pipe(TEXTS))


def test_a_head_that_is_trained_on_another_encoder_belongs_to_it(trained: Language, other_folder: Path) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", source=trained)
    nlp.add_pipe("bert_textcat", source=spacy.load(other_folder))
    with pytest.warns(UserWarning, match="B192"):
        nlp.update(make_examples(nlp), sgd=adamw())
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        list(pickle.loads(pickle.dumps(nlp)).pipe(TEXTS))


@pytest.mark.parametrize("change", ["truncate", "overwrite"])
def test_a_loaded_pipeline_does_not_depend_on_its_files(copied_folder: Path, change: str) -> None:
    nlp = spacy.load(copied_folder)
    for name in ALL:
        file = copied_folder / name / "model.safetensors"
        size = file.stat().st_size
        with file.open("r+b") as opened:
            if change == "truncate":
                opened.truncate(0)
            else:
                opened.write(b"\x7f" * size)
    expected = [doc.cats for doc in spacy.load(copied_folder, exclude=list(ALL)).pipe(TEXTS)]
    assert expected == [{}] * len(TEXTS)
    assert [max(doc.cats.values()) > 0.5 for doc in nlp.pipe(TEXTS)] == [True] * len(TEXTS)
    nlp.to_disk(copied_folder)
    loads_in_silence(copied_folder)
