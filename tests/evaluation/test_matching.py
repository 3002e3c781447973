"""Spans beside each other, each in one class of right or wrong."""

from collections import Counter

import pytest
from hypothesis import given
from spacy.tokens import Doc
from spacy.training import Example

from spacy_bert_ext.evaluation.matching import KINDS, Match, schemas
from tests.evaluation.annotated import (
    GROUP,
    VOCAB,
    compare,
    make_example,
    make_group_example,
    wild_examples,
    wild_group_examples,
)


def told(matches: list[Match]) -> list[tuple]:
    """(kind, gold label, predicted label)"""
    return [(m.kind, m.gold and m.gold.label, m.predicted and m.predicted.label) for m in matches]


def kinds(gold: str, predicted: str) -> list[tuple]:
    return told(compare(make_example(gold.split(), predicted.split())))


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        ("B-A I-A O", "B-A I-A O", [("correct", "A", "A")]),
        ("B-A I-A O", "B-B I-B O", [("type", "A", "B")]),
        ("B-A I-A O", "B-A O O", [("boundary", "A", "A")]),
        ("B-A I-A O", "O B-B I-B", [("boundary_and_type", "A", "B")]),
        ("B-A I-A O", "O O B-A", [("missed", "A", None), ("spurious", None, "A")]),
        ("O O", "O O", []),
    ],
)
def test_each_class(gold: str, predicted: str, expected: list) -> None:
    assert kinds(gold, predicted) == expected


def test_an_entity_is_in_one_pair_only() -> None:
    # Cut in two: the longer part is the pair, the other one is spurious.
    found = compare(make_example(["B-A", "I-A", "I-A"], ["B-A", "B-A", "I-A"]))
    assert {(m.kind, m.predicted.start, m.predicted.end) for m in found} == {("boundary", 1, 3), ("spurious", 0, 1)}
    # Two made one: the same label goes before the larger overlap.
    found = compare(make_example(["B-B", "B-A", "I-A"], ["B-B", "I-B", "I-B"]))
    assert told(found) == [("boundary", "B", "B"), ("missed", "A", None)]


def test_a_correct_entity_is_not_taken_by_another_on_the_same_tokens() -> None:
    # Both predictions align with the one gold token.
    predicted = Doc(VOCAB, words=["a", "b"], spaces=[False, False], ents=["B-B", "B-A"])
    example = Example(predicted, Doc(VOCAB, words=["ab"], ents=["B-A"]))
    assert sorted(told(compare(example)), key=str) == [("correct", "A", "A"), ("spurious", None, "B")]


def test_what_is_not_annotated_does_not_count() -> None:
    assert compare(make_example(None, ["B-A", "O"])) is None
    # The first prediction lies in tokens without annotation, the second one reaches into them.
    example = make_example(["", "", "O", "B-A"], ["B-A", "B-B", "I-B", "B-A"])
    assert told(compare(example)) == [("correct", "A", "A")]


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        # Two labels on the same tokens: the one that is found is not confused with the other.
        ([(0, 2, "A"), (0, 2, "B")], [(0, 2, "A")], [("correct", "A", "A"), ("missed", "B", None)]),
        ([(0, 2, "A"), (0, 2, "B")], [(0, 2, "C"), (0, 2, "A")], [("correct", "A", "A"), ("type", "B", "C")]),
        # The inner one is much more like the prediction, though it shares fewer tokens with it.
        ([(0, 9, "A"), (2, 4, "A")], [(2, 5, "A")], [("missed", "A", None), ("boundary", "A", "A")]),
        # Another label inside of a span is another span, if it is not much the same.
        ([(0, 9, "A")], [(2, 5, "B")], [("missed", "A", None), ("spurious", None, "B")]),
        ([(0, 4, "A")], [(0, 3, "B")], [("boundary_and_type", "A", "B")]),
        ([(0, 9, "A")], [(8, 10, "A")], [("boundary", "A", "A")]),
    ],
)
def test_spans_that_overlap(gold: list, predicted: list, expected: list) -> None:
    assert told(compare(make_group_example(gold, predicted), GROUP)) == expected


@given(wild_group_examples())
def test_what_is_left_over_makes_no_pair(examples: list[Example]) -> None:
    for eg in examples:
        matches = compare(eg, GROUP) or []
        gold = [match.gold for match in matches if match.kind == "missed"]
        guesses = [match.predicted for match in matches if match.kind == "spurious"]
        for one in gold:
            for other in guesses:
                overlap = min(one.end, other.end) - max(one.start, other.start)
                assert overlap <= 0 or (
                    one.label != other.label
                    and 2 * overlap < len({*range(one.start, one.end), *range(other.start, other.end)})
                )


def test_the_four_measures_of_semeval_by_hand() -> None:
    # 3 correct, 1 type, 2 boundary, 1 both, 2 missed, 3 spurious: 9 gold entities, 10 predicted.
    found = schemas(Counter(dict(zip(KINDS, [3, 1, 2, 1, 2, 3]))))
    assert (found["strict"]["p"], found["strict"]["r"]) == (3 / 10, 3 / 9)
    assert (found["exact"]["p"], found["exact"]["r"]) == (4 / 10, 4 / 9)
    assert (found["partial"]["p"], found["partial"]["r"]) == (5.5 / 10, 5.5 / 9)
    assert (found["type"]["p"], found["type"]["r"]) == (5 / 10, 5 / 9)
    assert found["partial"]["f"] == pytest.approx(11 / 19)
    assert schemas(Counter())["strict"] == {"p": 0.0, "r": 0.0, "f": 0.0}


@given(wild_examples())
def test_each_entity_is_in_exactly_one_class(examples: list[Example]) -> None:
    for eg in examples:
        matches = compare(eg)
        if matches is None:
            continue
        gold = [(m.gold.start, m.gold.end) for m in matches if m.gold]
        assert sorted(gold) == [(span.start, span.end) for span in eg.reference.ents]
        predicted = [id(m.predicted.span) for m in matches if m.predicted]
        assert len(predicted) == len(set(predicted)) <= len(eg.predicted.ents)
        for match in matches:
            paired = match.gold is not None and match.predicted is not None
            assert paired == (match.kind not in ("missed", "spurious"))
            if paired:
                tokens = [set(range(e.start, e.end)) for e in (match.gold, match.predicted)]
                assert tokens[0] & tokens[1]
                same = (tokens[0] == tokens[1], match.gold.label == match.predicted.label)
                assert (
                    match.kind
                    == {
                        (True, True): "correct",
                        (True, False): "type",
                        (False, True): "boundary",
                        (False, False): "boundary_and_type",
                    }[same]
                )
