"""Scores of categories, by hand and beside spaCy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.scorer import Scorer
from spacy.training import Example

from spacy_bert_ext.evaluation.categories import Categorizer, decide
from spacy_bert_ext.evaluation.category_scores import category_scores
from tests.evaluation.annotated import make_cats_example

LABELS = ("A", "B", "C")


EXCLUSIVE = Categorizer("one", LABELS, True, {})


MULTILABEL = Categorizer("many", LABELS, False, dict.fromkeys(LABELS, 0.5))


def evaluated(examples: list[Example], categorizer: Categorizer) -> dict:
    return category_scores(examples, [decide(eg, categorizer) for eg in examples], categorizer)


def test_exclusive_categories_by_hand() -> None:
    examples = [
        make_cats_example({"A": 1.0, "B": 0.0}, {"A": 0.7, "B": 0.2, "C": 0.1}),
        make_cats_example({"A": 1.0}, {"A": 0.3, "B": 0.6, "C": 0.1}),
        make_cats_example({"B": 1.0}, {"A": 0.1, "B": 0.8, "C": 0.1}),
        make_cats_example({}, {"A": 0.1, "B": 0.8, "C": 0.1}),  # nothing annotated
        make_cats_example({"C": 0.0}, {"A": 0.1, "B": 0.8, "C": 0.1}),  # it is not told which one holds
        make_cats_example({"OTHER": 1.0}, {"A": 0.1, "B": 0.8, "C": 0.1, "OTHER": 0.9}),  # another component's
    ]
    found = evaluated(examples, EXCLUSIVE)
    assert (found["docs"], found["docs_without_annotation"]) == (3, 3)
    assert found["micro"]["f"] == pytest.approx(2 / 3)
    assert found["per_label"]["A"]["p"] == 1.0 and found["per_label"]["A"]["r"] == 0.5
    assert found["per_label"]["B"]["p"] == 0.5 and found["per_label"]["B"]["r"] == 1.0
    assert found["confusion"]["counts"] == [[1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    # Scores 0.7 and 0.8 right, 0.6 wrong.
    assert found["calibration"]["predictions"] == 3
    assert found["calibration"]["ece"] == pytest.approx((0.3 + 0.2 + 0.6) / 3)
    assert found["auc"] is None and found["thresholds"] is None


def test_a_doc_without_predicted_categories_misses_its_own() -> None:
    found = evaluated([make_cats_example({"B": 1.0}, {})], EXCLUSIVE)
    assert found["per_label"]["B"]["support"] == 1 and found["micro"]["predicted"] == 0
    assert found["confusion"]["counts"][1] == [0, 0, 0, 1]
    assert found["calibration"] is None


def test_independent_categories_by_hand() -> None:
    examples = [
        make_cats_example({"A": 1.0, "B": 0.0, "C": 1.0}, {"A": 0.5, "B": 0.4, "C": 0.2}),
        make_cats_example({"A": 0.0, "B": 1.0}, {"A": 0.6, "B": 0.9, "C": 0.9}),  # C is not annotated
        make_cats_example({}, {"A": 1.0, "B": 1.0, "C": 1.0}),
    ]
    found = evaluated(examples, MULTILABEL)
    assert (found["docs"], found["docs_without_annotation"]) == (2, 1)
    assert [found["per_label"]["A"][name] for name in ("p", "r")] == [0.5, 1.0]
    assert [found["per_label"]["B"][name] for name in ("p", "r")] == [1.0, 1.0]
    assert [found["per_label"]["C"][name] for name in ("p", "r", "support", "predicted")] == [0.0, 0.0, 1, 0]
    assert found["auc"]["per_label"] == {"A": 0.0, "B": 1.0, "C": None}
    assert found["confusion"] is None
    assert found["calibration"]["predictions"] == 5
    own = MULTILABEL._replace(thresholds={"A": 0.55, "B": 0.3, "C": 0.2})
    found = evaluated(examples, own)
    assert [found["per_label"][label]["predicted"] for label in LABELS] == [1, 2, 1]
    assert found["per_label"]["C"]["r"] == 1.0


score = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 1.0])


predictions = st.fixed_dictionaries(dict.fromkeys(LABELS, score))


one_of_three = st.sampled_from([{label: float(label == gold) for label in LABELS} for gold in LABELS])


some = st.dictionaries(st.sampled_from(LABELS), st.sampled_from([0.0, 1.0]), min_size=1)


def pairs(gold: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(st.tuples(gold, predictions), min_size=1, max_size=12)


@given(pairs(one_of_three))
def test_scores_of_exclusive_categories_are_those_of_spacy(pairs: list[tuple[dict, dict]]) -> None:
    examples = [make_cats_example(gold, predicted) for gold, predicted in pairs]
    assert_same(evaluated(examples, EXCLUSIVE), Scorer.score_cats(examples, "cats", labels=LABELS, multi_label=False))


@given(pairs(some), st.sampled_from([0.1, 0.5, 0.6]))
def test_scores_of_independent_categories_are_those_of_spacy(pairs: list[tuple[dict, dict]], threshold: float) -> None:
    examples = [make_cats_example(gold, predicted) for gold, predicted in pairs]
    found = evaluated(examples, MULTILABEL._replace(thresholds=dict.fromkeys(LABELS, threshold)))
    expected = Scorer.score_cats(examples, "cats", labels=LABELS, multi_label=True, threshold=threshold)
    assert_same(found, expected)
    assert found["auc"]["per_label"] == expected["cats_auc_per_type"]
    assert found["auc"]["macro"] == expected["cats_macro_auc"]


def assert_same(found: dict, expected: dict) -> None:
    """Equal to the last digit."""
    for mean in ("micro", "macro"):
        assert [found[mean][name] for name in "prf"] == [expected[f"cats_{mean}_{name}"] for name in "prf"]
    per_label = {label: {name: row[name] for name in "prf"} for label, row in found["per_label"].items()}
    assert per_label == expected["cats_f_per_type"]
