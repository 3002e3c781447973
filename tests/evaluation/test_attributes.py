"""Scores of attributes of spans, by hand."""

from collections.abc import Iterator

import pytest
from spacy.language import Language
from spacy.training import Example

from spacy_bert_ext.evaluation.attributes import scores_of_attributes
from spacy_bert_ext.pipeline.spans.attributes import define_attributes
from tests.pipeline.spans.attributed import NAMES, example, extensions_removed

TEXT = "a b c d"
GOLD = [(0, 1, "X", True), (1, 2, "X", True), (2, 3, "X", False), (3, 4, "X")]
PREDICTED = [(0, 1, "X", True), (1, 2, "X", False), (2, 3, "X", False), (3, 4, "X", True), (0, 2, "X", True)]


@pytest.fixture(autouse=True)
def defined() -> Iterator[None]:
    with extensions_removed(*NAMES):
        define_attributes(NAMES, "mine")
        yield


def predicted(nlp: Language, **attrs: list) -> Example:
    eg = example(nlp, TEXT, *GOLD, predicted=PREDICTED)
    eg.predicted.spans["sc"].attrs.update(attrs)
    return eg


def test_values_of_right_spans_are_scored(nlp: Language) -> None:
    eg = predicted(nlp, negated=[True, False, False, True, True], negated_scores=[1.0] * 5)
    (found,) = scores_of_attributes([eg, example(nlp, TEXT)], "sc").values()
    assert found["micro"]["f"] == pytest.approx(2 / 3)
    rows = {value: (row["p"], row["r"], row["support"], row["predicted"]) for value, row in found["per_label"].items()}
    assert rows == {"True": (1.0, 1 / 2, 2, 1), "False": (1 / 2, 1.0, 1, 2)}
    assert found["micro"]["f_interval"] is not None


def test_what_nobody_has_written_or_annotated_is_left_out(nlp: Language) -> None:
    assert scores_of_attributes([predicted(nlp)], "sc") == {}
    assert scores_of_attributes([predicted(nlp, other=[1], other_scores=[1.0])], "sc") == {}
    assert scores_of_attributes([predicted(nlp, certainty=["sure"] * 5, certainty_scores=[1.0] * 5)], "sc") == {}
    assert scores_of_attributes([predicted(nlp, negated=[True] * 5, negated_scores=[1.0] * 5)], "other") == {}
