"""Scores of spans, by hand and beside spaCy."""

from typing import Any

from hypothesis import given
from spacy.pipeline.spancat import spancat_score
from spacy.scorer import get_ner_prf
from spacy.tokens import Doc
from spacy.training import Example

from spacy_bert_ext.evaluation.span_scores import span_scores
from tests.evaluation.annotated import (
    ENTITIES,
    GROUP,
    VOCAB,
    compared,
    make_example,
    make_group_example,
    wild_examples,
    wild_group_examples,
)


def test_scores_by_hand() -> None:
    examples = [
        make_example(["B-A", "I-A", "O", "B-B"], ["B-A", "I-A", "O", "B-A"]),
        make_example(["B-A", "O", "O"], ["B-A", "I-A", "B-B"]),
        make_example(None, ["B-A"]),
    ]
    found = span_scores(ENTITIES, examples, compared(examples))
    assert (found["docs"], found["docs_without_annotation"], found["predictions_left_out"]) == (2, 1, 0)
    assert found["errors"] == {
        "correct": 1, "type": 1, "boundary": 1, "boundary_and_type": 0, "missed": 0, "spurious": 1,
    }  # fmt: skip
    assert found["errors_per_label"]["A"]["boundary"] == 1 and found["errors_per_label"]["B"]["spurious"] == 1
    assert found["micro"]["p"] == 1 / 4 and found["micro"]["r"] == 1 / 3
    assert found["per_label"]["A"]["p"] == 1 / 3 and found["per_label"]["A"]["support"] == 2
    # Rows: gold A, B, none; columns: predicted.
    assert found["confusion"] == {"labels": ["A", "B", None], "counts": [[2, 0, 0], [1, 0, 0], [0, 1, 0]]}
    assert found["calibration"] is None
    assert [(row["tokens"], row["docs"], row["f"]) for row in found["by_length"]] == [
        ([3, 3], 1, 0.0),
        ([4, 4], 1, 0.5),
    ]


def check_like_spacy(found: dict[str, Any], expected: dict[str, Any], name: str) -> None:
    if expected[f"{name}_per_type"] is None:
        assert found["micro"]["support"] == found["micro"]["predicted"] == 0
        return
    assert [found["micro"][letter] for letter in "prf"] == [expected[f"{name}_{letter}"] for letter in "prf"]
    per_label = {label: {letter: row[letter] for letter in "prf"} for label, row in found["per_label"].items()}
    assert per_label == expected[f"{name}_per_type"]


@given(wild_examples())
def test_scores_are_those_of_spacy(examples: list[Example]) -> None:
    matches = compared(examples)
    if all(of_doc is None for of_doc in matches):
        return
    check_like_spacy(span_scores(ENTITIES, examples, matches), get_ner_prf(examples), "ents")


def test_lengths_are_those_of_the_gold_docs() -> None:
    gold = Doc(VOCAB, words=["a", "b", "c"], spaces=[False] * 3, ents=["B-A", "O", "O"])
    example = Example(Doc(VOCAB, words=["abc"], ents=["O"]), gold)
    found = span_scores(ENTITIES, [example], compared([example]))
    assert found["by_length"][0]["tokens"] == [3, 3]


def test_spans_that_nest_by_hand() -> None:
    examples = [
        make_group_example([(0, 5, "A"), (1, 2, "B"), (7, 8, "A")], [(0, 5, "A"), (1, 3, "B"), (7, 8, "A")]),
        make_group_example([(0, 1, "B")], None),
        make_group_example(None, [(0, 1, "B")]),
    ]
    found = span_scores(GROUP, examples, compared(examples, GROUP))
    assert (found["docs"], found["docs_without_annotation"], found["components"]) == (2, 1, [])
    assert (found["micro"]["p"], found["micro"]["r"]) == (2 / 3, 2 / 4)
    # (0, 5) is found; (1, 2) is not; (1, 3) is wrong, and lies in another one.
    assert (found["nested"]["p"], found["nested"]["r"], found["nested"]["f"]) == (1 / 2, 1 / 2, 1 / 2)
    assert (found["nested"]["support"], found["nested"]["predicted"]) == (2, 2)
    assert found["errors"]["boundary"] == 1 and found["errors"]["missed"] == 1
    lengths = {tuple(row["tokens"]): (row["support"], row["predicted"], row["f"]) for row in found["by_span_length"]}
    assert lengths == {(1, 1): (3, 1, 0.5), (2, 2): (0, 1, 0.0), (4, 5): (1, 1, 1.0)}


def test_the_longest_spans_have_no_bound() -> None:
    example = make_group_example([(0, 40, "A")], [(0, 40, "A")], n_tokens=40)
    (row,) = span_scores(GROUP, [example], compared([example], GROUP))["by_span_length"]
    assert (row["tokens"], row["f"]) == ([21, None], 1.0)


@given(wild_group_examples())
def test_scores_of_groups_are_those_of_spacy(examples: list[Example]) -> None:
    matches = compared(examples, GROUP)
    if all(of_doc is None for of_doc in matches):
        return
    found = span_scores(GROUP, examples, matches)
    check_like_spacy(found, spancat_score(examples, spans_key="sc"), "spans_sc")
    for size in ("support", "predicted"):
        assert sum(row[size] for row in found["by_span_length"]) == found["micro"][size]
