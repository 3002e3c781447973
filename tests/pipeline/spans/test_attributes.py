"""Names of attributes, their extensions, and values on Docs."""

import numpy as np
import pytest
from spacy.language import Language
from spacy.tokens import Doc, DocBin, Span, SpanGroup

from spacy_bert_ext.pipeline.spans.attributes import (
    check_names,
    define_attributes,
    drop_values,
    kind_of,
    place_of,
    value_of,
    write_values,
)
from spacy_bert_ext.spans.attributes import PredictedValues
from tests.coded import raises_code
from tests.pipeline.spans.attributed import NAMES

VALUES = {"negated": [False, True], "certainty": ["sure", "unsure"]}


@pytest.mark.parametrize(
    ("names", "match"),
    [
        ("negated", "is no list"),
        (None, "is no list"),
        (["not an identifier"], "is no name"),
        ([1], "is no name"),
        (["class"], "is no name"),
        (["_obj"], "is no name"),
        (["score"], "takes the name score"),
        (["scores"], "takes the name scores"),
        (["score_in_group"], "takes the name score_in_group"),
        (["get"], "takes the name get"),
        (["negated", "negated"], "takes the name negated"),
        (["negated", "negated_score"], "takes the name negated_score"),
        (["negated_scores", "negated"], "takes the name negated_scores"),
    ],
)
def test_names_that_can_not_be_are_refused(names: object, match: str) -> None:
    with raises_code("B410", match=f"of 'mine'.*{match}"):
        check_names(names, "mine")


def test_names_that_can_be() -> None:
    check_names([], "mine")
    check_names(("negated", "certainty", "type", "größe"), "mine")


def test_extensions_are_defined_once(no_extensions: None) -> None:
    define_attributes(NAMES, "mine")
    define_attributes(NAMES, "mine")
    assert Span.get_extension("negated") == Span.get_extension("negated_score") == (None, None, None, None)


def test_own_extensions_stay(no_extensions: None) -> None:
    Span.set_extension("negated", default=False)
    define_attributes(["negated"], "mine")
    assert Span.get_extension("negated") == (False, None, None, None)


@pytest.mark.parametrize(
    ("kind", "definition"),
    [("a getter without a setter", {"getter": lambda span: True}), ("a method", {"method": lambda span: True})],
)
def test_extensions_that_can_not_be_set_are_refused(no_extensions: None, kind: str, definition: dict) -> None:
    Span.set_extension("negated_score", **definition)
    with raises_code("B411", match=f"'mine' writes to `span._.negated_score`, which is defined as {kind}"):
        define_attributes(["negated"], "mine")


def test_kinds_of_values() -> None:
    assert [kind_of(value) for value in (True, "a", 1, 1.5)] == ["bool", "string", "number", "number"]
    assert [kind_of(value) for value in (None, float("nan"), [], {})] == [None] * 4
    assert [place_of(True, [1, True]), place_of(1.0, [True, 1]), place_of("b", ["a"])] == [1, 1, None]


def test_values_of_spans(nlp: Language, extensions: None) -> None:
    span = nlp.make_doc("a b")[0:1]
    assert value_of(span, "negated") is None
    for given, expected in ((False, False), (np.bool_(True), True), (np.int64(3), 3), ("x", "x")):
        span._.negated = given
        assert value_of(span, "negated") == expected and type(value_of(span, "negated")) is type(expected)
    span._.negated = ["x"]
    with raises_code("B412", match="The span 'a' has \\['x'\\] as `span._.negated`"):
        value_of(span, "negated")


def written(nlp: Language) -> Doc:
    doc = nlp.make_doc("a b c")
    spans = [Span(doc, 0, 1, label="X"), Span(doc, 1, 3, label="X")]
    doc.spans["sc"] = SpanGroup(doc, name="sc", spans=spans)
    predicted = [PredictedValues(np.array(places), np.array([0.5, 0.75])) for places in ([1, 0], [0, 0])]
    write_values(doc.spans["sc"], VALUES, predicted)
    return doc


def listed(doc: Doc) -> list[tuple]:
    return [(s._.negated, s._.negated_score, s._.certainty, s._.certainty_score) for s in doc.spans["sc"]]


def test_values_are_written_and_survive_files(nlp: Language, extensions: None) -> None:
    doc = written(nlp)
    expected = [(True, 0.5, "sure", 0.5), (False, 0.75, "sure", 0.75)]
    in_bin = DocBin(docs=[doc], store_user_data=True).to_bytes()
    for again in (doc, Doc(nlp.vocab).from_bytes(doc.to_bytes()), *DocBin().from_bytes(in_bin).get_docs(nlp.vocab)):
        assert listed(again) == expected
        attrs = again.spans["sc"].attrs
        assert attrs["negated"] == [True, False] and attrs["certainty"] == ["sure", "sure"]
        assert attrs["negated_scores"].dtype == np.float32 and attrs["certainty_scores"].tolist() == [0.5, 0.75]


def test_values_are_dropped(nlp: Language, extensions: None) -> None:
    doc = written(nlp)
    drop_values(doc, [doc.spans["sc"][0]], NAMES)
    assert listed(doc) == [(None, None, None, None), (False, 0.75, "sure", 0.75)]


def test_setters_are_used(nlp: Language, no_extensions: None) -> None:
    told = []
    Span.set_extension("negated", getter=lambda span: None, setter=lambda span, value: told.append((span.text, value)))
    define_attributes(NAMES, "mine")
    written(nlp)
    assert told == [("a", True), ("b c", False)]
