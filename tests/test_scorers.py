"""Scores of categories: the counts by hand, the rest as spaCy's scorers have it."""

from typing import Any

import pytest
import spacy
from spacy.pipeline.textcat import make_textcat_scorer
from spacy.pipeline.textcat_multilabel import make_textcat_multilabel_scorer
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import registry

LABELS = ["a", "b"]
PREDICTED = [{"a": 0.1, "b": 0.9}, {"a": 0.3, "b": 0.6}, {"a": 0.2, "b": 0.7}, {"a": 1e-20, "b": 2e-20}]
GOLD = [{"a": 0.0, "b": 1.0}, {"a": 1.0, "b": 0.0}, {"a": 1.0, "b": 1.0}, {"a": 0.0}]


def examples(gold: list[dict[str, float]] = GOLD) -> list[Example]:
    vocab = spacy.blank("en").vocab
    made = []
    for predicted_cats, gold_cats in zip(PREDICTED, gold):
        predicted, reference = Doc(vocab, words=["x"]), Doc(vocab, words=["x"])
        predicted.cats, reference.cats = dict(predicted_cats), dict(gold_cats)
        made.append(Example(predicted, reference))
    return made


def exclusive_scores(made: list[Example]) -> dict:
    return registry.scorers.get("spacy-bert-ext.textcat_scorer.v1")()(made, labels=LABELS, threshold=0.0)


def test_scores_of_exclusive_categories_are_spacys():
    made = examples([{"a": 0.0, "b": 1.0}, {"a": 1.0}, {"b": 0.6, "a": 0.4}, {"b": 1.0, "other": 0.0}])
    assert exclusive_scores(made) == make_textcat_scorer()(made, labels=LABELS, threshold=0.0)
    assert exclusive_scores([]) == make_textcat_scorer()([], labels=LABELS, threshold=0.0)


def test_docs_without_an_exclusive_category_do_not_count():
    # `b` is predicted of all; of the last two no category is known to hold.
    made = examples([{"a": 0.0, "b": 1.0}, {"a": 1.0}, {"b": 0.0}, {"other": 1.0}])
    found = exclusive_scores(made)
    assert (found["cats_micro_p"], found["cats_micro_r"]) == (1 / 2, 1 / 2)
    assert found == exclusive_scores(made[:2])
    assert make_textcat_scorer()(made, labels=LABELS, threshold=0.0)["cats_micro_p"] == 2 / 4


def scores(**settings: Any) -> dict:
    scorer = registry.scorers.get("spacy-bert-ext.textcat_multilabel_scorer.v1")()
    return scorer(examples(), labels=LABELS, **settings)


@pytest.mark.parametrize("threshold", [None, 0.0, 0.3, 0.65, 1.0])
def test_without_thresholds_the_scores_are_spacys(threshold: float | None):
    expected = make_textcat_multilabel_scorer()(examples(), labels=LABELS, threshold=threshold)
    assert scores(threshold=threshold, thresholds={}) == expected
    assert scores(threshold=threshold) == expected


def test_each_label_has_its_threshold():
    found = scores(threshold=0.5, thresholds={"a": 0.15, "b": 0.65})
    assert found["cats_f_per_type"] == {"a": {"p": 1, "r": 1, "f": 1}, "b": {"p": 1, "r": 1, "f": 1}}
    assert found["cats_macro_f"] == found["cats_micro_f"] == 1.0
    # `a` with 0.25 finds one of two; `b` keeps 0.5, finds both and a wrong one.
    found = scores(threshold=0.5, thresholds={"a": 0.25})
    assert found["cats_f_per_type"]["a"] == pytest.approx({"p": 1, "r": 1 / 2, "f": 2 / 3})
    assert found["cats_f_per_type"]["b"] == pytest.approx({"p": 2 / 3, "r": 1, "f": 4 / 5})
    assert found["cats_macro_f"] == pytest.approx((2 / 3 + 4 / 5) / 2)


def test_equal_thresholds_count_as_the_single_one_does():
    assert scores(threshold=0.5, thresholds={"a": 0.25, "b": 0.25}) == scores(threshold=0.25)


def test_a_score_that_is_just_its_threshold_counts():
    assert scores(thresholds={"a": 0.2})["cats_f_per_type"]["a"]["r"] == 1.0


def test_rankings_are_those_of_the_scores_themselves():
    # However close to 0 they are, and whatever the thresholds.
    expected = make_textcat_multilabel_scorer()(examples(), labels=LABELS)
    found = scores(thresholds={"a": 0.15, "b": 1e-9})
    for name in ("cats_macro_auc", "cats_auc_per_type", "cats_score", "cats_score_desc"):
        assert found[name] == expected[name]
    assert found.keys() == expected.keys()
    assert found["cats_macro_f"] != expected["cats_macro_f"]
