"""Gold categories: checked, counted, and those that can't be learned."""

import pytest
import spacy
from spacy.tokens import Doc

from spacy_bert_ext.pipeline.categories.gold import (
    CategoryCounts,
    check_categories,
    check_positive_label,
    has_text,
    only,
)
from tests.coded import raises_code

VOCAB = spacy.blank("en").vocab


def doc(cats: dict[str, float], *words: str) -> Doc:
    made = Doc(VOCAB, words=words or ("a",))
    made.cats = cats
    return made


def counted(*docs: Doc, exclusive: bool, labels: list[str] | None = None) -> CategoryCounts:
    counts = CategoryCounts()
    for one in docs:
        counts.add(one, labels, exclusive=exclusive)
    return counts


def test_shared_truth_counts_in_shares_where_one_category_holds() -> None:
    docs = (doc({"x": 1.0, "y": 1.0}), doc({"x": 0.5, "y": 0.0}), doc({}))
    counts = counted(*docs, exclusive=True)
    assert counts.of(["x", "y"])[0].tolist() == [0.5 + 1.0, 0.5]
    assert (counts.n_docs, counts.n_unannotated) == (3, 1) and counts.holding == {"x": 2, "y": 1}
    counts = counted(*docs, exclusive=False)
    positive, negative = counts.of(["x", "y"])
    assert positive.tolist() == [1.5, 1.0] and negative.tolist() == [0.5, 1.0]


def test_docs_without_text_and_other_labels_do_not_count() -> None:
    counts = counted(doc({"x": 1.0}, "\n"), doc({"x": 1.0, "z": 1.0}), exclusive=False, labels=["x"])
    assert counts.positive == {"x": 1.0} and list(counts.found) == ["x", "z"]


def test_what_holds_wherever_it_is_annotated_is_never_false() -> None:
    counts = counted(doc({"x": 1.0, "y": 1.0, "z": 0.9}), doc({"y": 0.0}), exclusive=False)
    assert counts.never_false(["x", "y", "z", "unknown"]) == ["x"]


def test_values_are_checked_of_own_labels_only() -> None:
    check_categories(doc({"x": 1.0, "z": 7.0}), ["x", "y"], "name", exclusive=True)
    with raises_code("B027", match="'name'.*2.0.*'x'"):
        check_categories(doc({"x": 2.0}), ["x"], "name", exclusive=False)
    both = doc({"x": 1.0, "y": 1.0})
    check_categories(both, ["x", "y"], "name", exclusive=False)
    with pytest.raises(ValueError, match="E895"):
        check_categories(both, ["x", "y"], "name", exclusive=True)


@pytest.mark.parametrize(
    ("label", "labels", "exclusive", "code"),
    [("x", ["x", "y"], False, "B151"), ("z", ["x", "y"], True, "E920"), ("x", ["x", "y", "z"], True, "E919")],
)
def test_a_positive_label_is_one_of_two(label: str, labels: list[str], exclusive: bool, code: str) -> None:
    with raises_code(code):
        check_positive_label(label, labels, "name", exclusive=exclusive)
    check_positive_label(None, labels, "name", exclusive=exclusive)
    check_positive_label("x", ["x", "y"], "name", exclusive=True)


def test_small_helpers() -> None:
    assert only({"x": 1.0, "y": 0.0}, ["y", "z"]) == {"y": 0.0}
    assert has_text(doc({}, "a", "\n")) and not has_text(doc({}, " ", "\n")) and not has_text(Doc(VOCAB))
