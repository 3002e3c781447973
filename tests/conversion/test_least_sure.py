"""Which texts to annotate next."""

import pytest

from spacy_bert_ext.conversion.least_sure import (
    least_sure,
    sureness_of_exclusive,
    sureness_of_marks,
    sureness_of_multilabel,
)
from spacy_bert_ext.conversion.records import Mark, Record
from tests.coded import raises_code


def marked(text: str, *scores: float | None) -> Record:
    return Record("place", text, tuple(Mark(0, 1, "X", score) for score in scores))


def test_the_least_sure_come_first_and_equals_in_their_order() -> None:
    records = [marked("a", 0.9), marked("b", 0.5, 0.8), marked("c"), marked("d", 0.8, 0.5), Record("place", "e")]
    assert [record.text for record in least_sure(records, 3, sureness_of_marks)] == ["b", "d", "a"]
    assert [record.text for record in least_sure(records, 9, sureness_of_marks)] == ["b", "d", "a", "c"]


def test_gold_is_never_chosen() -> None:
    with raises_code("B494", match="bert apply"):
        least_sure([marked("a", None), Record("place", "b")], 3, sureness_of_marks)


@pytest.mark.parametrize(
    ("cats", "exclusive", "multilabel"),
    [
        ({"a": 0.75, "b": 0.25}, 0.5, 0.5),
        ({"a": 0.5, "b": 0.3, "c": 0.2}, 0.2, 0.0),
        ({"a": 0.9}, 0.9, 0.8),
        ({}, None, None),
        (None, None, None),
    ],
)
def test_sureness_of_categories(
    cats: dict[str, float] | None, exclusive: float | None, multilabel: float | None
) -> None:
    record = Record("place", "text", cats=cats)
    assert sureness_of_exclusive(record) == pytest.approx(exclusive)
    assert sureness_of_multilabel(record) == pytest.approx(multilabel)


def test_annotations_of_people_are_not_ranked() -> None:
    """Texts without spans look sure, and so do chosen categories."""
    with raises_code("B494"):
        least_sure([marked("a", None), marked("b")], 3, sureness_of_marks)
    with raises_code("B494"):
        least_sure([Record("place", "a", cats={"x": 1, "y": 0})], 3, sureness_of_exclusive)
