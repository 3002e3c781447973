"""Labels of heads: how they are given, added, saved and checked, by a head that answers nothing."""

import numpy as np
import pytest
import torch

from spacy_bert_ext.losses.controls import LossControls
from spacy_bert_ext.pipeline.labelled_head import LabelledHead, saved_labels
from tests.annotated import make_examples
from tests.coded import raises_code
from tests.pipeline.pipelines import make_nlp


class Plain(LabelledHead):
    """Answers nothing, and names its outputs by its labels."""


@pytest.fixture
def head(bert_folder: str) -> LabelledHead:
    nlp = make_nlp(bert_folder, ("bert_ner",))
    model = nlp.get_pipe("bert_ner").model
    return Plain(nlp.vocab, model, "bert_ner", controls=LossControls(class_weights={"x": 2.0}), scorer=None)


@pytest.fixture
def initialized(bert_folder: str) -> LabelledHead:
    nlp = make_nlp(bert_folder, ("bert_textcat",))
    data = [("a b", {"cats": {"x": 1.0, "y": 0.0}}), ("c", {"cats": {"x": 0.0, "y": 1.0}})]
    nlp.initialize(lambda: make_examples(nlp, data))
    return nlp.get_pipe("bert_textcat")


def test_outputs_and_classes_are_the_labels_by_default(head: LabelledHead) -> None:
    assert head.output_names(["b", "a"]) == head.loss_classes(["b", "a"]) == ["b", "a"]


@pytest.mark.parametrize("labels", ["news", ["news", ""], ["news", 3]])
def test_labels_are_strings(head: LabelledHead, labels: object) -> None:
    with raises_code("B026"):
        head.initialize_with(labels, 1)


def test_without_any_label_there_is_nothing_to_learn(head: LabelledHead) -> None:
    with raises_code("B024", match="'bert_ner'"):
        head.initialize_with([], 3)


def test_labels_that_were_added_before_come_first(initialized: LabelledHead) -> None:
    initialized.cfg["temperature"] = 2.0
    initialized.add_label("z")
    initialized.initialize_with(["a", "x"], 1)
    assert initialized.labels == ("x", "y", "z", "a") and initialized.label_data == ["x", "y", "z", "a"]
    assert initialized.model.get_dim("nO") == 4 and initialized.temperature() == 1.0


def test_an_added_label_leaves_the_weights_of_the_others(initialized: LabelledHead) -> None:
    before = initialized.shim.loaded_module.output.weight.detach().clone()
    assert (initialized.add_label("z"), initialized.add_label("z")) == (1, 0)
    assert torch.equal(initialized.shim.loaded_module.output.weight[:2], before)


def test_weights_of_classes(head: LabelledHead) -> None:
    head.cfg["labels"] = ["x", "y"]
    assert np.array_equal(head.class_weights(), [2.0, 1.0])
    head.controls = LossControls()
    assert head.class_weights() is None
    head.controls = LossControls(class_weights="balanced")
    with raises_code("B078"):
        head.class_weights()
    head.controls = LossControls(class_weights={"other": 2.0})
    with raises_code("B076"):
        head.class_weights()


def test_a_temperature_is_checked_where_it_is_used(head: LabelledHead) -> None:
    head.cfg["temperature"] = 0
    with raises_code("B012", match="temperature"):
        head.temperature()
    with raises_code("B012"):
        head.check_calibration({"temperature": 100})


@pytest.mark.parametrize("settings", [{}, {"labels": None}, {"labels": [1]}, {"labels": "x"}])
def test_saved_labels_are_a_list_of_strings(settings: dict) -> None:
    with pytest.raises(ValueError, match="no list `labels`"):
        saved_labels(settings)
    assert saved_labels({"labels": ["x"]}) == ["x"]
