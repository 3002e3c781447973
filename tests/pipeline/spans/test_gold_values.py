"""Gold values, counted and by predicted tokens."""

import pytest
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from spacy_bert_ext.pipeline.spans.gold_values import check_values, count_values, gold_values
from tests.coded import raises_code
from tests.pipeline.spans.attributed import NAMES, example, make_examples, set_spans

VALUES = {"negated": [False, True], "certainty": ["sure", "unsure"]}


@pytest.fixture(autouse=True)
def defined(extensions: None) -> None:
    pass


def test_values_are_counted(nlp: Language) -> None:
    counts = count_values(make_examples(nlp), "sc", NAMES, "mine")
    assert counts.n_spans == 7 and counts.values() == VALUES
    assert counts.summary() == {"negated": {"True": 4, "False": 3}, "certainty": {"sure": 4, "unsure": 2}}
    assert count_values(make_examples(nlp), "other", NAMES, "mine").values() == {"negated": [], "certainty": []}
    assert count_values(make_examples(nlp), "sc", [], "mine").n_spans == 0


def test_values_of_several_kinds_are_refused(nlp: Language) -> None:
    eg = example(nlp, "a b", (0, 1, "X", True), (1, 2, "X", "yes"))
    with raises_code("B413", match="'negated' of 'mine' .*True and 'yes'"):
        count_values([eg], "sc", NAMES, "mine")


def test_unknown_values_are_refused(nlp: Language) -> None:
    eg = example(nlp, "a b", (0, 1, "X", True, "sure"), (1, 2, "X", None, "maybe"))
    check_values(eg, "other", VALUES, "mine")
    check_values(eg, "sc", {"negated": [True]}, "mine")
    with raises_code("B415", match="span 'b' has 'maybe' as `span._.certainty`, .*'mine' .* It has: 'sure', 'unsure'"):
        check_values(eg, "sc", VALUES, "mine")


def test_values_stand_with_predicted_tokens(nlp: Language) -> None:
    gold = Doc(nlp.vocab, words=["New", "York", "City"], spaces=[True, True, False])
    set_spans(gold, (0, 2, "X", True, "sure"), (2, 3, "X", False), (0, 1, "X", False, "sure"))
    misaligned = Example(Doc(nlp.vocab, words=["New York", "Ci", "ty"], spaces=[True, False, False]), gold)
    silent = Example(nlp.make_doc("not annotated"), nlp.make_doc("not annotated"))
    same = example(nlp, "a b", (0, 1, "X", True, "unsure"), (0, 1, "Y"))
    negated, certainty = gold_values([silent, misaligned, same], "sc", VALUES)
    assert [array.tolist() for array in negated] == [[2, 3, 5], [2, 4, 5], [1, 0, 1]]
    assert [array.tolist() for array in certainty] == [[2, 5], [2, 5], [0, 1]]
    assert gold_values([same], "sc", {}) == []
