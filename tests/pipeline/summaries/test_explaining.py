"""Log odds of a sentence, of copies of its Doc."""

import numpy as np
import pytest
import torch
from spacy.language import Language

from spacy_bert_ext.pipeline.summaries.explaining import explained_sentence
from spacy_bert_ext.ranking.sentence_scores import SentenceScores
from tests.coded import raises_code
from tests.pipeline.summaries.summarized import with_sentences

TEXT = "A cat sat . \n Dogs bark ."


def scores(*logits: float, n_copies: int = 1) -> SentenceScores:
    return SentenceScores(
        torch.tensor(logits),
        np.array([0, 5] * n_copies),
        np.array([3, 7] * n_copies),
        sentences_per_doc=np.array([2] * n_copies),
        tokens_per_doc=np.array([8] * n_copies),
    )


def test_the_number_is_the_sentence_s_in_each_copy(nlp: Language) -> None:
    doc = with_sentences(nlp, TEXT)
    sentence = list(doc.sents)[1]  # with white space before it, as spaCy has it
    found = explained_sentence(sentence, None, scores(1.0, 2.0), name="x", known="SUMMARY", temperature=2.0)
    assert (found.label, found.quantity, found.target) == ("SUMMARY", "log odds of SUMMARY", (5, 8))
    assert found.probability == pytest.approx(1 / (1 + np.exp(-1.0)))
    assert found.score(scores(1.0, 2.0, 3.0, 4.0, n_copies=2)).tolist() == [1.0, 2.0]


def test_what_is_no_sentence_is_refused(nlp: Language) -> None:
    doc = with_sentences(nlp, TEXT)
    for text, shown in ((doc, "Doc"), (doc[1:3], "Span.*'cat sat'")):
        with raises_code("B464", match=shown):
            explained_sentence(text, None, scores(1.0, 2.0), name="x", known="SUMMARY", temperature=1.0)


def test_another_label_is_refused(nlp: Language) -> None:
    doc = with_sentences(nlp, TEXT)
    with raises_code("B391", match="SUMMARY"):
        explained_sentence(doc[:4], "OTHER", scores(1.0, 2.0), name="x", known="SUMMARY", temperature=1.0)
