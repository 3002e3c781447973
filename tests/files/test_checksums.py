"""What was saved together belongs together: changed files, mixed folders and foreign encoders are seen."""

import json
from pathlib import Path

import pytest
import spacy

from tests.coded import raises_code
from tests.pipeline.pipelines import HEADS, head_of
from tests.pipeline.saved_folders import loads_in_silence

ALL = ("bert_encoder", *HEADS)


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
def test_one_bit_of_the_weights_that_changed_is_seen(copied_folder: Path, name: str, place: float) -> None:
    file = copied_folder / name / "model.safetensors"
    data = bytearray(file.read_bytes())
    data[int(place * len(data))] ^= 1
    file.write_bytes(data)
    with raises_code("B170", match=rf"{name}.*model\.safetensors.*checksums\.json"):
        spacy.load(copied_folder)
    (copied_folder / name / "checksums.json").unlink()
    with pytest.warns(UserWarning, match="B191"):
        nlp = spacy.load(copied_folder)
    nlp.to_disk(copied_folder)
    loads_in_silence(copied_folder)


@pytest.mark.parametrize("file", ["tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json"])
def test_a_tokenizer_that_changed_is_seen(copied_folder: Path, file: str) -> None:
    path = copied_folder / "bert_encoder" / file
    if not path.exists():
        pytest.skip("this version of transformers does not write it")
    path.write_bytes(path.read_bytes() + b"\n")
    with raises_code("B170", match=file):
        spacy.load(copied_folder)


@pytest.mark.parametrize("file", ["bert_ner/cfg", "bert_encoder/cfg", "bert_encoder/config.json"])
def test_settings_that_were_edited_are_used_with_a_warning(copied_folder: Path, file: str) -> None:
    settings = json.loads((copied_folder / file).read_text())
    (copied_folder / file).write_text(json.dumps({**settings, "temperature": 2.0}))
    with pytest.warns(UserWarning, match=rf"B190.*{Path(file).name} of '{Path(file).parent}'.*to_disk"):
        nlp = spacy.load(copied_folder)
    assert file != "bert_ner/cfg" or head_of(nlp, "bert_ner").cfg["temperature"] == 2.0
    nlp.to_disk(copied_folder)
    loads_in_silence(copied_folder)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"files": 7}', '{"files": {"cfg": {}}}', '{"files": NaN}'])
def test_a_table_of_checksums_that_is_damaged_is_refused(copied_folder: Path, text: str) -> None:
    (copied_folder / "bert_ner" / "checksums.json").write_text(text)
    with raises_code("B030", match=r"bert_ner.*checksums\.json"):
        spacy.load(copied_folder)


def test_files_that_were_put_beside_are_not_read(copied_folder: Path) -> None:
    for file in ("added_tokens.json", "adapter_config.json", "generation_config.json", "chat_template.jinja"):
        (copied_folder / "bert_encoder" / file).write_text('{"no": 1, "such": ["piece"]}')
    loads_in_silence(copied_folder)


def test_ends_of_lines_that_git_has_changed_are_no_damage(copied_folder: Path) -> None:
    texts = [file for name in ALL for file in (copied_folder / name).iterdir() if file.suffix in ("", ".json", ".txt")]
    for file in texts:
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert {"cfg", "checksums.json", "config.json", "tokenizer.json"} <= {file.name for file in texts}
    loads_in_silence(copied_folder)


def test_an_activation_function_that_is_unknown_is_named(copied_folder: Path) -> None:
    file = copied_folder / "bert_encoder" / "config.json"
    file.write_text(file.read_text().replace('"gelu"', '"nope"'))
    with raises_code("B172", match="`hidden_act = nope` in config.json is no activation function"):
        spacy.load(copied_folder)


def test_an_editor_may_mark_the_encoding(copied_folder: Path) -> None:
    file = copied_folder / "bert_ner" / "cfg"
    file.write_text(file.read_text(encoding="utf8"), encoding="utf-8-sig")
    with pytest.warns(UserWarning, match="B190"):
        spacy.load(copied_folder)
