"""Scores → spans."""

import numpy as np
from spacy.language import Language

from spacy_bert_ext.pieces.sentences import sentences_of
from spacy_bert_ext.pipeline.summaries.extensions import define_summaries
from spacy_bert_ext.pipeline.summaries.ranked import Shape, ranked_docs, summary_of, write_summary
from spacy_bert_ext.ranking.choosing import Length
from tests.pipeline.summaries.summarized import with_sentences

define_summaries()
TEXT = "A cat sat . \n Dogs bark . A cat sat . Fish swim . \n"
SCORES = np.array([0.9, 0.2, 0.8, 0.4])


def test_sentences_are_told_apart_by_docs(nlp: Language) -> None:
    docs = [with_sentences(nlp, TEXT), nlp.make_doc(""), with_sentences(nlp, "One .")]
    found = list(ranked_docs(sentences_of(docs, "x"), np.array([0.1, 0.2, 0.3, 0.4, 0.5])))
    assert [ranked.scores.tolist() for ranked in found] == [[0.1, 0.2, 0.3, 0.4], [], [0.5]]
    assert [span.text for span in found[0].spans(docs[0])] == [
        "A cat sat .",
        "Dogs bark .",
        "A cat sat .",
        "Fish swim .",
    ]
    assert found[2].first.tolist() == [0]


def test_what_says_the_same_is_passed_over(nlp: Language) -> None:
    doc = with_sentences(nlp, TEXT)
    (ranked,) = ranked_docs(sentences_of([doc], "x"), SCORES)
    texts = [[span.text for span in summary_of(doc, ranked, Shape(Length(n_sents=2), limit))] for limit in (None, 0.9)]
    assert texts == [["A cat sat .", "A cat sat ."], ["A cat sat .", "Fish swim ."]]


def test_a_group_is_replaced_or_kept(nlp: Language) -> None:
    doc = with_sentences(nlp, TEXT)
    (ranked,) = ranked_docs(sentences_of([doc], "x"), SCORES)
    shape = Shape(Length(n_sents=1), None)
    write_summary(doc, ranked, shape, key="summary", overwrite=True)
    assert [span.text for span in doc.spans["summary"]] == ["A cat sat ."] and doc._.summary == "A cat sat ."
    other = ranked._replace(scores=SCORES[::-1])
    write_summary(doc, other, shape, key="summary", overwrite=False)
    assert doc.spans["summary"][0].start == 0 and doc.spans["summary"][0]._.summary_score == 0.4
    write_summary(doc, other, shape, key="summary", overwrite=True)
    assert [span.text for span in doc.spans["summary"]] == ["Fish swim ."]


def test_every_sentence_has_a_score_and_blank_ones_0(nlp: Language) -> None:
    doc = nlp.make_doc("A cat sat . \n Dogs bark . \n")
    for token in doc:
        token.is_sent_start = token.i == 0 or doc[token.i - 1].text == "."
    doc[len(doc) - 1].is_sent_start = True
    (ranked,) = ranked_docs(sentences_of([doc], "x"), np.array([0.5, 0.25]))
    write_summary(doc, ranked, Shape(Length(), None), key="summary", overwrite=True)
    assert [span._.summary_score for span in doc.sents] == [0.5, 0.25, 0.0]


def test_an_empty_doc_has_an_empty_summary(nlp: Language) -> None:
    doc = nlp.make_doc("")
    (ranked,) = ranked_docs(sentences_of([doc], "x"), np.zeros(0))
    write_summary(doc, ranked, Shape(Length(), 0.5), key="summary", overwrite=True)
    assert list(doc.spans["summary"]) == [] and doc._.summary == ""
