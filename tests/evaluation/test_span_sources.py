"""Which groups are compared, and what counts in them."""

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, SpanGroup
from spacy.training import Example

from spacy_bert_ext.evaluation.span_sources import find_groups, score_of, scores_of, unknown_keys
from tests.evaluation.annotated import (
    GROUP,
    VOCAB,
    compare,
    make_doc,
    make_group_example,
    set_group,
    set_scores,
)


@Language.component("set_groups", assigns=["doc.spans"])
def set_groups(doc: Doc) -> Doc:
    return doc


def pipeline() -> Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("span_ruler", config={"spans_key": "one"}).add_patterns([{"label": "A", "pattern": "a"}])
    nlp.add_pipe("spancat", name="first", config={"spans_key": "one"}).cfg["labels"].append("A")
    nlp.add_pipe("spancat_singlelabel", name="second", config={"spans_key": "two"}).cfg["labels"].append("A")
    nlp.add_pipe("span_finder", config={"spans_key": "found"})
    nlp.add_pipe("spancat", name="without_labels", config={"spans_key": "three"})
    nlp.add_pipe("span_ruler", name="entities_only", config={"spans_key": None, "annotate_ents": True})
    nlp.add_pipe("set_groups")
    return nlp


def test_groups_are_those_of_components_and_others_that_are_annotated() -> None:
    example = Example(make_doc(["a"]), make_doc(["a"]))
    for key in ("own", "found", "three", "predicted"):
        set_group(example.predicted, (0, 1, "A"), key=key)
    for key in ("own", "found", "three", "gold"):
        set_group(example.reference, (0, 1, "A"), key=key)
    found = find_groups(pipeline(), [example])
    assert unknown_keys(pipeline(), [example], found) == {"gold": 1}  # "found" is written to by `span_finder`
    assert unknown_keys(pipeline(), [example], []) == {}
    assert found == [("one", ("span_ruler", "first")), ("two", ("second",)), ("own", ())]


def test_a_group_that_is_empty_is_annotated() -> None:
    assert compare(make_group_example(None, [(0, 1, "A")]), GROUP) is None
    (match,) = compare(make_group_example([], [(0, 1, "A")]), GROUP)
    assert match.kind == "spurious"
    (match,) = compare(make_group_example([(0, 1, "A")], None), GROUP)
    assert match.kind == "missed"


def test_predictions_that_gold_tokens_do_not_match_are_left_out() -> None:
    predicted = Doc(VOCAB, words=["a", "b", "c"], spaces=[False, False, False])
    set_group(predicted, (0, 1, "A"), (0, 2, "A"), (2, 3, "A"))
    gold = Doc(VOCAB, words=["ab", "c"], spaces=[False, False])
    set_group(gold, (0, 1, "A"))
    assert [(m.kind, m.either.start) for m in compare(Example(predicted, gold), GROUP)] == [
        ("correct", 0),
        ("spurious", 1),
    ]


def test_a_span_counts_once() -> None:
    example = make_group_example([(0, 1, "A"), (0, 1, "A")], [])
    set_group(example.predicted, (0, 1, "A"), (0, 1, "A"), scores=[0.9, 0.1])
    (match,) = compare(example, GROUP)
    assert (match.kind, match.predicted.score) == ("correct", pytest.approx(0.9))


def test_scores_are_those_of_the_group_or_of_its_spans() -> None:
    doc = make_doc(["a", "b"], ents=["B-A", "B-B"])
    set_scores(doc, 0.25, 0.5)
    group = SpanGroup(doc, spans=list(doc.ents))
    assert scores_of(group) == [0.25, 0.5]
    for given in ([0.75, 0.0], [[0.75], [0.0]]):  # `spancat_singlelabel` has rows of one
        group.attrs["scores"] = given
        assert scores_of(group) == [0.75, 0.0]
    group.attrs["scores"] = [1.5, -0.5]
    assert scores_of(group) == [None, None]
    for given in ([0.75], "unknown", [[0.1], [0.2, 0.3]], None):  # not one for each span
        group.attrs["scores"] = given
        assert scores_of(group) == [0.25, 0.5]
    assert score_of(doc[0:2]) is None
