"""Scores of attributes, by hand."""

import pytest
from spacy.language import Language
from spacy.util import registry

from spacy_bert_ext.pipeline.spans.attribute_scores import attribute_scores, compared_values
from tests.pipeline.spans.attributed import example

TEXT = "a b c d e"
GOLD = [(0, 1, "X", True), (1, 2, "X", True), (2, 3, "X", False), (3, 4, "X", False), (4, 5, "X")]
# Right, wrong, of another label, right, without a gold value; and one that is no gold span.
PREDICTED = [(0, 1, "X", True), (1, 2, "X", False), (2, 3, "Y", True), (3, 4, "X", False), (4, 5, "X", True)]
PREDICTED.append((0, 2, "X", True))


@pytest.fixture(autouse=True)
def defined(extensions: None) -> None:
    pass


def test_values_of_spans_that_were_found_right_are_compared(nlp: Language) -> None:
    eg = example(nlp, TEXT, *GOLD, predicted=PREDICTED)
    assert list(compared_values(eg, "sc", "negated")) == [(True, True), (True, False), (False, False)]
    assert list(compared_values(eg, "other", "negated")) == []
    found = attribute_scores([eg], "sc", "negated")
    assert found["acc"] == pytest.approx(2 / 3)
    assert found["per_type"]["True"] == {"p": 1.0, "r": 1 / 2, "f": pytest.approx(2 / 3)}
    assert found["per_type"]["False"] == {"p": 1 / 2, "r": 1.0, "f": pytest.approx(2 / 3)}
    assert found["macro_f"] == pytest.approx(2 / 3)


def test_the_groups_own_values_count(nlp: Language) -> None:
    eg = example(nlp, TEXT, *GOLD, predicted=PREDICTED)
    group = eg.predicted.spans["sc"]
    group.attrs["negated"] = [True] * len(PREDICTED)
    assert attribute_scores([eg], "sc", "negated")["acc"] == pytest.approx(2 / 3)
    assert list(compared_values(eg, "sc", "negated")) == [(True, True), (True, True), (False, True)]
    group.attrs["negated"] = [True]  # of a group to which somebody has added spans
    assert list(compared_values(eg, "sc", "negated"))[1] == (True, False)


def test_nothing_to_compare_has_no_scores(nlp: Language) -> None:
    eg = example(nlp, TEXT, (0, 1, "X"), predicted=PREDICTED)
    assert attribute_scores([eg], "sc", "negated") == {"acc": None, "macro_f": None, "per_type": None}


def test_the_scorer_has_spacys_scores_and_those_of_attributes(nlp: Language) -> None:
    examples = [example(nlp, TEXT, *GOLD, predicted=PREDICTED)]
    scorer = registry.scorers.get("spacy-bert-ext.spancat_scorer.v1")()
    theirs = registry.scorers.get("spacy.spancat_scorer.v1")()(examples, spans_key="sc")
    assert scorer(examples, spans_key="sc", labels=["X"]) == theirs
    ours = scorer(examples, spans_key="sc", attributes={"negated": [False, True]})
    assert ours["spans_sc_negated_acc"] == pytest.approx(2 / 3) and ours["spans_sc_f"] == theirs["spans_sc_f"]
    assert set(ours) - set(theirs) == {f"spans_sc_negated_{kind}" for kind in ("acc", "macro_f", "per_type")}
