"""Scores of summaries by hand."""

import sys

import pytest
from spacy.language import Language
from spacy.training import Example

from spacy_bert_ext.pipeline.summaries.summary_scores import summary_scores
from spacy_bert_ext.scorers import create_summary_scorer_v1
from tests.pipeline.summaries.summarized import with_sentences

TEXT = "A cat sat . The dog barked loudly . Fish swim ."
SENTENCES = [(0, 4), (4, 9), (9, 12)]


def example(nlp: Language, gold: list[tuple[int, int]] | None, predicted: list[int] | None) -> Example:
    eg = Example(with_sentences(nlp, TEXT), nlp.make_doc(TEXT))
    if gold is not None:
        eg.reference.spans["summary"] = [eg.reference[start:end] for start, end in gold]
    if predicted is not None:
        eg.predicted.spans["summary"] = [eg.predicted[slice(*SENTENCES[place])] for place in predicted]
    return eg


def test_sentences_are_counted_over_all_docs(nlp: Language) -> None:
    examples = [
        example(nlp, [(0, 4), (9, 12)], [0, 1]),  # one right, one wrong, one missed
        example(nlp, [(4, 6)], [1]),  # most of no sentence: missed, and a wrong one
        example(nlp, None, [0]),
        example(nlp, [(0, 4)], None),  # not predicted
    ]
    found = summary_scores(examples, "summary", rouge=False)
    assert found == pytest.approx({"sents_p": 1 / 3, "sents_r": 1 / 4, "sents_f": 2 / 7}, abs=1e-6)


def test_docs_without_sentences_have_missed_all(nlp: Language) -> None:
    eg = example(nlp, [(0, 4)], None)
    missed = Example(nlp.make_doc(TEXT), eg.reference)
    assert summary_scores([missed], "summary", rouge=False)["sents_r"] == 0


def test_rouge_is_a_mean_over_docs_with_a_summary(nlp: Language) -> None:
    pytest.importorskip("rouge_score")
    examples = [example(nlp, [(0, 4)], [0]), example(nlp, [(0, 4)], [2]), example(nlp, [], [])]
    found = create_summary_scorer_v1()(examples, spans_key="summary", temperature=1.0)
    assert {name: found[name] for name in found if "rouge" in name} == {
        "summary_rouge1": 0.5,
        "summary_rouge2": 0.5,
        "summary_rougeL": 0.5,
    }
    assert found["summary_sents_f"] == 0.5
    assert list(create_summary_scorer_v1(rouge=False)(examples)) == [f"summary_sents_{letter}" for letter in "prf"]


def test_without_annotation_there_are_no_scores(nlp: Language) -> None:
    assert create_summary_scorer_v1()([example(nlp, None, [0])]) == {}


def test_without_the_library_sentences_are_scored(nlp: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rouge_score.rouge_scorer", None)
    with pytest.warns(UserWarning, match="B467"):
        found = summary_scores([example(nlp, [(0, 4)], [0])], "summary", rouge=True)
    assert list(found) == ["sents_p", "sents_r", "sents_f"]
