"""Weights of a head that do not fit are refused when they are read."""

import shutil
from pathlib import Path

import pytest
import spacy
import srsly
import torch
from safetensors.torch import save_file
from spacy.language import Language

from tests.coded import raises_code
from tests.pipeline.pipelines import HEADS, head_of
from tests.pipeline.saved_folders import accept, assert_unchanged, snapshot


def test_a_head_without_its_own_encoder_does_not_load(trained: Language, tmp_path: Path) -> None:
    trained.replace_listeners("bert_encoder", "bert_ner", ["model.encoder"])
    head_of(trained, "bert_ner").to_disk(tmp_path)
    shutil.rmtree(tmp_path / "encoder")
    with raises_code("B030"):
        head_of(trained, "bert_ner").from_disk(tmp_path)


@pytest.mark.parametrize("name", HEADS)
def test_labels_that_do_not_fit_the_weights_give_an_error(trained: Language, copied_folder: Path, name: str) -> None:
    cfg = srsly.read_json(copied_folder / name / "cfg")
    cfg["labels"].append("ONE_TOO_MANY")
    srsly.write_json(copied_folder / name / "cfg", cfg)
    before = snapshot(head_of(trained, name))
    with raises_code("B031"):
        head_of(trained, name).from_disk(copied_folder / name)
    assert_unchanged(head_of(trained, name), before)
    with raises_code("B031"):
        spacy.load(copied_folder)


@pytest.mark.parametrize("labels", [None, "PERSON", {"PERSON": 1}, [1, 2, 3]])
def test_labels_that_are_no_list_of_strings_give_an_error(
    trained: Language, copied_folder: Path, labels: object
) -> None:
    srsly.write_json(copied_folder / "bert_ner" / "cfg", {"labels": labels})
    with raises_code("B030"):
        head_of(trained, "bert_ner").from_disk(copied_folder / "bert_ner")


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        (7, "no list of strings"),
        ("O", "no list of strings"),
        (["O", None], "no list of strings"),
        ([], 'none of its `tags` is "O"'),
        (["B-GPE", "B-ORG", "B-PERSON"], 'none of its `tags` is "O"'),
        (["O", "B-GPE", "B-ORG", "B-MOON"], "'B-MOON' among its `tags` is not made of a letter of BILUO and one"),
        (["O", "B-GPE", "B-ORG", "S-PERSON"], "'S-PERSON' among its `tags` is not made of"),
        (["O", "--GPE", "B-ORG", "B-PERSON"], "'--GPE' among its `tags` is not made of"),
        (["O", "B-GPE", "B-ORG", "B-PERSON", "B-ORG"], "'B-ORG' is there twice"),
        (["O", "B-GPE", "B-ORG", "[PAD]"], "its label 'PERSON' has none"),
    ],
)
@pytest.mark.parametrize("initialized", [True, False])
def test_tags_that_were_edited_give_an_error(
    trained: Language, copied_folder: Path, tags: object, reason: str, initialized: bool
) -> None:
    cfg = srsly.read_json(copied_folder / "bert_ner" / "cfg")
    srsly.write_json(copied_folder / "bert_ner" / "cfg", {**cfg, "tags": tags, "initialized": initialized})
    before = snapshot(head_of(trained, "bert_ner"))
    with raises_code("B030") as caught:
        head_of(trained, "bert_ner").from_disk(copied_folder / "bert_ner")
    assert reason in str(caught.value)
    assert_unchanged(head_of(trained, "bert_ner"), before)


@pytest.mark.parametrize(
    ("edited", "reason"),
    [
        ({"thresholds": [0.5]}, "its `thresholds` are [0.5], no table"),
        ({"thresholds": {"weather": 0.5}}, "'weather' among its `thresholds` is none of its labels"),
        ({"thresholds": {"news": 1.5}}, "the threshold of 'news' is 1.5, no number from 0 to 1"),
        ({"thresholds": {"news": "0.5"}}, "the threshold of 'news' is '0.5', no number from 0 to 1"),
    ],
)
def test_calibration_that_was_edited_gives_an_error(
    trained: Language, copied_folder: Path, edited: dict, reason: str
) -> None:
    folder, head = copied_folder / "bert_textcat_multilabel", head_of(trained, "bert_textcat_multilabel")
    srsly.write_json(folder / "cfg", {**srsly.read_json(folder / "cfg"), **edited})
    before = snapshot(head)
    with raises_code("B030") as caught:
        head.from_disk(folder)
    assert reason in str(caught.value)
    assert_unchanged(head, before)


def test_weights_of_another_width_give_an_error(trained: Language, copied_folder: Path) -> None:
    path = copied_folder / "bert_textcat" / "model.safetensors"
    accept(path.parent)
    save_file({"output.weight": torch.zeros(3, 7), "output.bias": torch.zeros(3)}, path)
    with raises_code("B031") as caught:
        head_of(trained, "bert_textcat").from_disk(path.parent)
    assert "width 7" in str(caught.value) and "width 32" in str(caught.value)


@pytest.mark.parametrize(
    "weights",
    [
        {"other.weight": (3, 32)},
        {"output.weight": (3,)},
        {"output.weight": (3, 32)},
        {"output.weight": (3, 32), "output.bias": (2,)},
        {"output.weight": (3, 32), "output.bias": (3,), "attention": (32,)},
    ],
)
def test_weights_of_another_head_give_an_error(trained: Language, copied_folder: Path, weights: dict) -> None:
    path = copied_folder / "bert_textcat" / "model.safetensors"
    accept(path.parent)
    save_file({name: torch.zeros(shape) for name, shape in weights.items()}, path)
    before = snapshot(head_of(trained, "bert_textcat"))
    with raises_code("B030"):
        head_of(trained, "bert_textcat").from_disk(path.parent)
    assert_unchanged(head_of(trained, "bert_textcat"), before)


def test_weights_of_another_decoder_give_an_error(trained_folder: Path) -> None:
    with raises_code("B030"):
        spacy.load(trained_folder, config={"components": {"bert_ner": {"decoder": "greedy"}}})
