"""Labels that hold independently, and labels of which a span has one."""

import numpy as np
import pytest
from spacy.language import Language
from spacy.tokens import Span

from spacy_bert_ext.losses.span_losses import GoldSpans
from spacy_bert_ext.pipeline.spans.kinds import IndependentLabels, OneLabel, at_temperature
from spacy_bert_ext.spans.candidates import in_order
from spacy_bert_ext.spans.decoding import PredictedSpans
from tests.coded import raises_code

GOLD = GoldSpans(np.array([0, 1]), np.array([1, 1]), label=np.array([1, 0]), is_annotated=np.ones(3, bool))
CANDIDATES = in_order(np.array([0, 1, 2]), np.array([1, 1, 2]))


def test_outputs_of_independent_labels() -> None:
    kind = IndependentLabels(None)
    assert kind.output_names(["X", "Y"]) == kind.classes(["X", "Y"]) == ["X", "Y"]
    assert kind.gold(GOLD, CANDIDATES, 2).tolist() == [[0, 1], [1, 0], [0, 0]]
    assert [counts.tolist() for counts in kind.counts(np.array([2, 3]), 10)] == [[2, 3], [8, 7]]
    probabilities = np.array([[0.25, 0.75]])
    assert kind.of_labels(probabilities) is probabilities


def test_the_first_output_of_exclusive_labels_is_none() -> None:
    kind = OneLabel(allow_overlap=True)
    assert kind.classes(["X", "Y"]) == ["X", "Y", "O"] and kind.output_names(["X", "Y"]) == ["O", "X", "Y"]
    assert kind.outputs(np.array([1, 2, 3])).tolist() == [3, 1, 2]
    assert kind.gold(GOLD, CANDIDATES, 2).tolist() == [[0, 0, 1], [0, 1, 0], [1, 0, 0]]
    assert [counts.tolist() for counts in kind.counts(np.array([2, 3]), 10)] == [[2, 3, 5], [8, 7, 5]]
    assert kind.of_labels(np.array([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]])).tolist() == [[0, 0], [0.5, 0]]


@pytest.mark.parametrize("found", [0, 1.5, True])
def test_a_number_of_labels_is_one_or_more(found: object) -> None:
    with pytest.raises(ValueError, match="max_positive"):
        IndependentLabels(found)


def test_overlaps_need_a_score_that_calibration_scales_like_theirs() -> None:
    places, scores = np.array([0, 0, 2]), np.array([0.6, 0.8, 0.6])
    spans = PredictedSpans(places, np.array([0, 1, 2]), label=np.zeros(3, np.int64), score=scores)

    def kept(overlap_threshold: float | None, temperature: float) -> list[float]:
        return IndependentLabels(None, overlap_threshold).settled(spans, 3, temperature).score.tolist()

    assert kept(None, 1.0) == [0.6, 0.8, 0.6] == kept(0.6, 1.0)
    assert kept(0.7, 1.0) == [0.8, 0.6]
    assert kept(0.7, 2.5) == [0.6, 0.8, 0.6]


def test_scores_at_a_temperature() -> None:
    assert at_temperature(0.9, 2.0) == pytest.approx(0.75)
    assert at_temperature(0.5, 3.0) == 0.5
    assert [at_temperature(score, 2.0) for score in (0.0, 1.0)] == [0.0, 1.0]


@pytest.mark.parametrize("found", [-0.1, 1.5, "0.9"])
def test_the_score_of_overlaps_is_from_0_to_1(found: object) -> None:
    with pytest.raises(ValueError, match="overlap_threshold"):
        IndependentLabels(None, found)


def test_gold_spans_that_exclude_each_other_are_refused(nlp: Language) -> None:
    doc = nlp.make_doc("a b c d")
    places = {"X1": (0, 2), "Y1": (0, 2), "X2": (1, 3)}
    spans = {name: Span(doc, *place, label=name[0]) for name, place in places.items()}
    IndependentLabels(None).check_gold(list(spans.values()), "mine")
    overlapping, exclusive = OneLabel(allow_overlap=True), OneLabel(allow_overlap=False)
    with raises_code("B385", match="'a b' has the labels 'X' and 'Y', but 'mine'"):
        overlapping.check_gold([spans["X1"], spans["Y1"]], "mine")
    overlapping.check_gold([spans["X1"], spans["X2"], spans["X1"]], "mine")
    with raises_code("B386", match="'a b' and 'b c' overlap, but 'mine'"):
        exclusive.check_gold([spans["X2"], spans["X1"]], "mine")
    exclusive.check_gold([spans["X1"], Span(doc, 2, 3, label="Y")], "mine")
