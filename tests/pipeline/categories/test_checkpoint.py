"""The categorizers from a checkpoint of transformers."""

import pytest

from spacy_bert_ext.pipeline.categories.checkpoint import import_categories
from spacy_bert_ext.pipeline.imported import Classifier
from tests.coded import raises_code


@pytest.mark.parametrize(
    ("names", "problem_type", "factory"),
    [
        (["a", "b"], None, "bert_textcat"),
        (["a", "b"], "single_label_classification", "bert_textcat"),
        (["a", "b"], "multi_label_classification", "bert_textcat_multilabel"),
        (["a"], "multi_label_classification", "bert_textcat_multilabel"),
    ],
)
def test_the_problem_tells_the_factory(names: list[str], problem_type: str | None, factory: str) -> None:
    found = import_categories(Classifier("folder", names, problem_type, None, {"a": "A"}))
    assert found.factory == factory and found.labels == found.names == ["A", *names[1:]]


@pytest.mark.parametrize(
    ("names", "problem_type", "code"),
    [(["a", "b"], "regression", "B040"), (["a"], None, "B040"), (["a", "b", "a"], None, "B070")],
)
def test_what_is_no_classifier_is_refused(names: list[str], problem_type: str | None, code: str) -> None:
    with raises_code(code, match="'folder'"):
        import_categories(Classifier("folder", names, problem_type, None, {}))
