"""The heads of pairs from a checkpoint of transformers; whole pipelines are in `test_transformers.py`."""

import pytest

from spacy_bert_ext.pipeline.imported import Classifier
from spacy_bert_ext.pipeline.pairs.checkpoint import import_pairs
from tests.coded import raises_code


def classifier(*names: str, problem_type: str | None = None, activation: str | None = None) -> Classifier:
    return Classifier("folder", names, problem_type, None, {"a": "A"}, activation)


@pytest.mark.parametrize("problem_type", [None, "single_label_classification"])
def test_several_outputs_are_categories(problem_type):
    found = import_pairs(classifier("a", "b", problem_type=problem_type, activation="Identity"))
    assert found.factory == "bert_textpair" and found.labels == ["A", "b"]


@pytest.mark.parametrize(
    ("problem_type", "activation", "expected"),
    [
        (None, None, [0.0, 1.0]),  # as both libraries have it
        ("regression", None, None),  # as transformers' pipelines have it
        ("regression", "Sigmoid", [0.0, 1.0]),
        (None, "Identity", None),
    ],
)
def test_one_output_is_a_number(problem_type, activation, expected):
    found = import_pairs(classifier("a", problem_type=problem_type, activation=activation))
    assert found.factory == "bert_textpair_score" and found.settings["score_range"] == expected
    assert found.labels == ["score"] and found.names == ["A"]


@pytest.mark.parametrize(
    ("names", "settings", "match"),
    [
        (["a"], {"activation": "Tanh"}, "goes through Tanh"),
        (["a", "b"], {"problem_type": "multi_label_classification"}, "2 outputs are labels that hold independently"),
        (["a", "b"], {"problem_type": "regression"}, "2 outputs are several numbers"),
    ],
)
def test_other_outputs_are_refused(names, settings, match):
    with raises_code("B459", match=f"'folder'.*{match}"):
        import_pairs(classifier(*names, **settings))
