"""Checkpoints find the component that reads them."""

from collections.abc import Mapping

import pytest

from spacy_bert_ext.pipeline.imported import IMPORTED_HEADS, Classifier, ImportedHead, read_classifier
from tests.coded import raises_code


def classifier(*names: str, new_names: Mapping[str, str] | None = None) -> Classifier:
    return Classifier("folder", names, None, None, new_names or {})


def test_each_task_has_its_component() -> None:
    assert read_classifier("text-classification", classifier("a", "b")).factory == "bert_textcat"
    found = read_classifier("token-classification", classifier("O", "B-X", "I-X", new_names={"X": "Y"}))
    assert (found.factory, found.labels, found.names) == ("bert_ner", ["Y"], ["O", "B-Y", "I-Y"])


def test_other_packages_register_theirs() -> None:
    head = ImportedHead("mine", {"model": {}}, [], [])
    IMPORTED_HEADS.register("fill-mask", func=lambda classifier: head)
    assert read_classifier("fill-mask", classifier("a")) is head


def test_tasks_without_a_component_are_refused() -> None:
    with raises_code("B301", match="'summarization'.*token-classification"):
        read_classifier("summarization", classifier("a"))


@pytest.mark.parametrize("new_names", [{"c": "d"}, {"a": "b"}, {"a": ""}])
def test_labels_stay_apart(new_names: dict[str, str]) -> None:
    with raises_code("B044"):
        classifier("a", "b", new_names=new_names).renamed(["a", "b"])
