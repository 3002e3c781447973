"""Scores of sentences by their characters; the text of a summary."""

import spacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin, SpanGroup

from spacy_bert_ext.pipeline.summaries.extensions import (
    IS_SUMMARY,
    define_summaries,
    drop_summary_scores,
    get_summary,
    set_summary_score,
    text_of,
    trimmed,
)
from tests.pipeline.summaries.summarized import with_sentences

define_summaries()
TEXT = "\n A cat sat . \n The dog barked . \n "


def test_white_space_at_the_ends_does_not_count(nlp: Language) -> None:
    doc = with_sentences(nlp, TEXT)
    first, second, *_ = doc.sents
    set_summary_score(first, 0.5)
    assert trimmed(first).text == "A cat sat ." and trimmed(first)._.summary_score == 0.5
    assert first._.summary_score == 0.5 and second._.summary_score is None and first[1:3]._.summary_score is None
    blank = doc[len(doc) - 1 :]
    assert trimmed(blank).text == blank.text


def test_scores_move_with_their_text(nlp: Language) -> None:
    doc = with_sentences(nlp, "A cat sat . The dog barked .")
    for sentence, score in zip(doc.sents, (0.25, 0.75)):
        sentence._.summary_score = score
    joined = Doc.from_docs([doc, doc])
    (stored,) = DocBin(store_user_data=True, docs=[doc]).get_docs(nlp.vocab)
    assert [span._.summary_score for span in joined.sents] == [0.25, 0.75] * 2
    assert [span._.summary_score for span in stored.sents] == [0.25, 0.75]
    assert next(doc.sents).as_doc(copy_user_data=True)[:]._.summary_score == 0.25


def test_scores_can_be_taken_away(nlp: Language) -> None:
    doc = with_sentences(nlp, "A cat sat . The dog barked .")
    first, second = doc.sents
    first._.summary_score = second._.summary_score = 0.5
    doc.user_data["other"] = 1
    first._.summary_score = None
    assert (first._.summary_score, second._.summary_score) == (None, 0.5)
    drop_summary_scores(doc)
    assert doc.user_data == {"other": 1}


def test_the_text_is_that_of_the_component_s_group(nlp: Language) -> None:
    doc = with_sentences(nlp, TEXT)
    assert get_summary(doc) == "" == text_of([])
    doc.spans["summary"] = list(doc.sents)[:2]
    assert doc._.summary == "A cat sat . The dog barked ."
    doc.spans["short"] = SpanGroup(doc, spans=list(doc.sents)[:1], attrs={IS_SUMMARY: True})
    assert doc._.summary == "A cat sat ."


def test_definitions_are_kept() -> None:
    before = spacy.tokens.Span.get_extension("summary_score")
    define_summaries()
    assert spacy.tokens.Span.get_extension("summary_score") == before
