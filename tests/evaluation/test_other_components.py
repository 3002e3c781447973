"""What components that set neither entities nor categories are said to score."""

import numpy as np
import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from spacy_bert_ext.evaluation.other_components import find_others, main_score, other_scores, shown
from spacy_bert_ext.evaluation.page.html import render_page
from spacy_bert_ext.evaluation.report import evaluate
from tests.coded import raises_code


@pytest.fixture(scope="module")
def nlp() -> Language:
    """Untrained: of its tags, chance tells which is right."""
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("tagger")
    nlp.add_pipe("entity_ruler")
    nlp.initialize(lambda: [tagged(nlp)])
    return nlp


def tagged(nlp: Language, **annotation: list) -> Example:
    words = ["Ada", "sleeps", ".", "Bob", "works", "."]
    tags = ["N", "V", ".", "N", "V", "."]
    starts = [True, False, False, True, False, False]
    gold = Doc(nlp.vocab, words=words, **{"tags": tags, "sent_starts": starts, **annotation})
    return Example(nlp.make_doc(gold.text), gold)


def test_components_that_set_entities_have_a_section_already(nlp: Language) -> None:
    assert find_others(nlp) == ["sentencizer", "tagger"]


def test_scores_are_those_of_spacy_evaluate(nlp: Language) -> None:
    expected = nlp.evaluate([tagged(nlp)])
    report = evaluate(nlp, [tagged(nlp)])
    others = report.scores["others"]
    assert others["tagger"] == {"numbers": {"tag_acc": expected["tag_acc"]}, "prf": {}, "per_label": {}}
    assert others["sentencizer"]["prf"]["sents"] == {letter: expected[f"sents_{letter}"] for letter in "prf"}
    assert report.scores["not_evaluated"] == ["entities"]
    page = render_page(report)
    assert "<code>tagger</code>" in page and "tag_acc" in page and 'href="#other-2"' in page


def test_what_is_not_annotated_is_told(nlp: Language) -> None:
    found = evaluate(nlp, [tagged(nlp, tags=None)]).scores
    assert list(found["others"]) == ["sentencizer"] and found["not_evaluated"] == ["entities", "tagger"]
    with raises_code("B096"):
        evaluate(nlp, [tagged(nlp, tags=None, sent_starts=None)])


class Scored:
    def __init__(self, scores: dict) -> None:
        self.scores = scores

    def __call__(self, doc: Doc) -> Doc:
        return doc

    def score(self, examples: list[Example]) -> dict:
        return self.scores


@pytest.mark.parametrize(
    "scores, expected, main",
    [
        (
            {"x_acc": np.float32(0.5), "is_x": True, "x": None, "y": float("nan")},
            ({"x_acc": 0.5}, {}, {}),
            ("x_acc", 0.5),
        ),
        ({"x_p": 1, "x_r": 0.5, "x_f": 0.6}, ({}, {"x": {"p": 1.0, "r": 0.5, "f": 0.6}}, {}), ("x, F", 0.6)),
        ({"n": 3, "x_acc": 1.0}, ({"n": 3, "x_acc": 1.0}, {}, {}), ("n", 3)),
        ({"x_f": 0.5, "x_p": 1.0}, ({"x_f": 0.5, "x_p": 1.0}, {}, {}), ("x_f", 0.5)),
        (
            {"x_per_type": {"A": {"p": 1, "r": 1, "f": 1}, "B": None}, "y": {"z": 1}},
            ({}, {}, {"x_per_type": {"A": {"p": 1.0, "r": 1.0, "f": 1.0}}}),
            ("", None),
        ),
    ],
)
def test_numbers_and_tables_are_told_apart(scores: dict, expected: tuple, main: tuple) -> None:
    nlp = spacy.blank("en")
    Language.factory("scored_stranger", func=lambda nlp, name: Scored(scores))
    nlp.add_pipe("scored_stranger")
    part = other_scores(nlp, "scored_stranger", [])
    assert part == dict(zip(("numbers", "prf", "per_label"), expected))
    assert main_score(part) == main


def test_whole_numbers_are_counts() -> None:
    assert (shown(1100), shown(1.0), shown(0.456)) == ("1,100", "100.0", "45.6")


def test_nothing_to_score_is_nothing() -> None:
    nlp = spacy.blank("en")
    Language.factory("unscored_stranger", func=lambda nlp, name: Scored({"x": None}))
    nlp.add_pipe("unscored_stranger")
    assert other_scores(nlp, "unscored_stranger", []) is None
