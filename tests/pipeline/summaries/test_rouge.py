"""ROUGE by the library."""

import sys

import pytest
import spacy
from spacy.language import Language

from spacy_bert_ext.pipeline.summaries.rouge import language_of, rouge_of, rouge_scorer

pytest.importorskip("rouge_score")


def test_english_is_stemmed_by_the_library(nlp: Language) -> None:
    gold, predicted = nlp.make_doc("The cats sat down"), nlp.make_doc("A cat sat")
    lang = language_of(gold)
    found = rouge_of(rouge_scorer(lang), lang, [gold[:]], [predicted[:]])
    # Of 4 and 3 words "cat" and "sat" are common, which follow each other.
    assert found == pytest.approx({"rouge1": 4 / 7, "rouge2": 2 / 5, "rougeL": 4 / 7})


@pytest.mark.parametrize(("lang", "text"), [("de", "Größe zählt , sagte er"), ("ru", "Москва большая")])
def test_other_languages_keep_their_letters(lang: str, text: str) -> None:
    doc = spacy.blank(lang).make_doc(text)
    scorer = rouge_scorer(lang)
    assert rouge_of(scorer, lang, [doc[:]], [doc[:]])["rouge1"] == 1.0
    assert rouge_of(scorer, lang, [doc[:]], [doc[1:]])["rouge1"] < 1.0
    assert rouge_of(scorer, lang, [doc[:]], [])["rouge1"] == 0.0


def test_without_the_library_there_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rouge_score.rouge_scorer", None)
    with pytest.warns(UserWarning, match=r"\[B467\].*pip install rouge-score"):
        assert rouge_scorer("en") is None
