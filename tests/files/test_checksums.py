"""What was saved together belongs together: changed files, mixed folders and foreign encoders are seen."""

import json
import pickle
import re
import shutil
import warnings
from pathlib import Path

import pytest
import spacy
import torch
from spacy.language import Language

from tests.pipeline.pipelines import (
    HEADS,
    TEXTS,
    adamw,
    encoder_of,
    head_of,
    learn,
    make_examples,
    make_initialized,
    raises_code,
)

ALL = ("bert_encoder", *HEADS)


@pytest.fixture(scope="module")
def other_folder(bert_folder: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another pipeline on the same checkpoint; see `trained_folder`."""
    nlp = make_initialized(bert_folder)
    learn(nlp, steps=1)
    folder = tmp_path_factory.mktemp("pipelines") / "other"
    nlp.to_disk(folder)
    return folder


@pytest.fixture
def copied(trained_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained_folder, tmp_path / "copied"))


def replace(folder: Path, other: Path, name: str) -> None:
    shutil.rmtree(folder / name)
    shutil.copytree(other / name, folder / name)


def loads_in_silence(folder: Path, **options) -> Language:
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        nlp = spacy.load(folder, **options)
        list(nlp.pipe(TEXTS))
    return nlp


# Files


def test_every_file_has_its_checksum(trained_folder: Path) -> None:
    for name in ALL:
        listed = json.loads((trained_folder / name / "checksums.json").read_text())["files"]
        found = {file.name for file in (trained_folder / name).iterdir()}
        assert found == {*listed, "checksums.json"}
        assert all(listed[file]["size"] == (trained_folder / name / file).stat().st_size for file in listed)
    loads_in_silence(trained_folder)


@pytest.mark.parametrize("place", [0.6, 0.99])
@pytest.mark.parametrize("name", ALL)
def test_one_bit_of_the_weights_that_changed_is_seen(copied: Path, name: str, place: float) -> None:
    file = copied / name / "model.safetensors"
    data = bytearray(file.read_bytes())
    data[int(place * len(data))] ^= 1
    file.write_bytes(data)
    with raises_code("B170", match=rf"{name}.*model\.safetensors.*checksums\.json"):
        spacy.load(copied)
    (copied / name / "checksums.json").unlink()
    with pytest.warns(UserWarning, match="B191"):
        nlp = spacy.load(copied)
    nlp.to_disk(copied)
    loads_in_silence(copied)


@pytest.mark.parametrize("file", ["tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json"])
def test_a_tokenizer_that_changed_is_seen(copied: Path, file: str) -> None:
    path = copied / "bert_encoder" / file
    if not path.exists():
        pytest.skip("this version of transformers does not write it")
    path.write_bytes(path.read_bytes() + b"\n")
    with raises_code("B170", match=file):
        spacy.load(copied)


@pytest.mark.parametrize("file", ["bert_ner/cfg", "bert_encoder/cfg", "bert_encoder/config.json"])
def test_settings_that_were_edited_are_used_with_a_warning(copied: Path, file: str) -> None:
    settings = json.loads((copied / file).read_text())
    (copied / file).write_text(json.dumps({**settings, "temperature": 2.0}))
    with pytest.warns(UserWarning, match=rf"B190.*{Path(file).name} of '{Path(file).parent}'.*to_disk"):
        nlp = spacy.load(copied)
    assert file != "bert_ner/cfg" or head_of(nlp, "bert_ner").cfg["temperature"] == 2.0
    nlp.to_disk(copied)
    loads_in_silence(copied)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"files": 7}', '{"files": {"cfg": {}}}', '{"files": NaN}'])
def test_a_table_of_checksums_that_is_damaged_is_refused(copied: Path, text: str) -> None:
    (copied / "bert_ner" / "checksums.json").write_text(text)
    with raises_code("B030", match=r"bert_ner.*checksums\.json"):
        spacy.load(copied)


def test_files_that_were_put_beside_are_not_read(copied: Path) -> None:
    for file in ("added_tokens.json", "adapter_config.json", "generation_config.json", "chat_template.jinja"):
        (copied / "bert_encoder" / file).write_text('{"no": 1, "such": ["piece"]}')
    loads_in_silence(copied)


def test_ends_of_lines_that_git_has_changed_are_no_damage(copied: Path) -> None:
    texts = [file for name in ALL for file in (copied / name).iterdir() if file.suffix in ("", ".json", ".txt")]
    for file in texts:
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert len(texts) >= 12
    loads_in_silence(copied)


def test_an_activation_function_that_is_unknown_is_named(copied: Path) -> None:
    file = copied / "bert_encoder" / "config.json"
    file.write_text(file.read_text().replace('"gelu"', '"nope"'))
    with raises_code("B172", match="`hidden_act = nope` in config.json is no activation function"):
        spacy.load(copied)


def test_an_editor_may_mark_the_encoding(copied: Path) -> None:
    file = copied / "bert_ner" / "cfg"
    file.write_text(file.read_text(encoding="utf8"), encoding="utf-8-sig")
    with pytest.warns(UserWarning, match="B190"):
        spacy.load(copied)


def test_an_encoder_without_checksums_is_still_that_of_its_heads(copied: Path) -> None:
    (copied / "bert_encoder" / "checksums.json").unlink()
    with pytest.warns(UserWarning) as caught:
        list(spacy.load(copied).pipe(TEXTS))
    assert {re.search(r"B\d+", str(warning.message))[0] for warning in caught} == {"B191"}


def test_a_head_that_is_read_back_from_bytes_belongs_to_its_encoder(trained: Language) -> None:
    learn(trained, steps=1)
    head_of(trained, "bert_ner").from_bytes(head_of(trained, "bert_ner").to_bytes())
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        list(trained.pipe(TEXTS))


# Folders of different saves


@pytest.mark.parametrize("name", ALL)
def test_a_folder_of_another_pipeline_is_refused(copied: Path, other_folder: Path, name: str) -> None:
    replace(copied, other_folder, name)
    with raises_code("B171", match="was not saved together with its encoder 'bert_encoder'"):
        spacy.load(copied)


@pytest.mark.parametrize("name", HEADS)
def test_heads_of_two_saves_on_a_frozen_encoder_are_refused(bert_folder: str, tmp_path: Path, name: str) -> None:
    nlp = make_initialized(bert_folder, freeze="all")
    nlp.to_disk(tmp_path / "one")
    learn(nlp, steps=1)
    nlp.to_disk(tmp_path / "two")
    replace(tmp_path / "two", tmp_path / "one", name)
    with raises_code("B171", match=name):
        spacy.load(tmp_path / "two")


def test_how_to_accept_what_was_mixed(copied: Path, other_folder: Path) -> None:
    replace(copied, other_folder, "bert_ner")
    for name in ("bert_ner", "bert_encoder"):
        (copied / name / "checksums.json").unlink()
    with pytest.warns(UserWarning, match="B191"):
        nlp = spacy.load(copied)
    nlp.to_disk(copied)
    loads_in_silence(copied)


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


# Encoders in memory


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


# Files under a running process


@pytest.mark.parametrize("change", ["truncate", "overwrite"])
def test_a_loaded_pipeline_does_not_depend_on_its_files(copied: Path, change: str) -> None:
    nlp = spacy.load(copied)
    for name in ALL:
        file = copied / name / "model.safetensors"
        size = file.stat().st_size
        with file.open("r+b") as opened:
            if change == "truncate":
                opened.truncate(0)
            else:
                opened.write(b"\x7f" * size)
    expected = [doc.cats for doc in spacy.load(copied, exclude=list(ALL)).pipe(TEXTS)]
    assert expected == [{}] * len(TEXTS)
    assert [max(doc.cats.values()) > 0.5 for doc in nlp.pipe(TEXTS)] == [True] * len(TEXTS)
    nlp.to_disk(copied)
    loads_in_silence(copied)
