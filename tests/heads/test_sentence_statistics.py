"""What words tell of sentences, by hand."""

import numpy as np

from spacy_bert_ext.heads.sentence_statistics import N_STATISTICS, statistics_of, terms_of
from spacy_bert_ext.pieces.sentences import sentences_of
from tests.heads.sentence_docs import doc_of, docs


def test_terms_are_those_of_the_sentences() -> None:
    doc = doc_of("The cat saw . \n The dog saw the cat . And .")
    sentences = sentences_of([doc], "summarizer")
    rows = terms_of(doc, sentences.first, sentences.last)
    # cat, saw and dog; the last sentence has no word that counts.
    assert rows.n_terms == 3 and rows.n_rows == 3
    assert np.bincount(rows.rows, minlength=3).tolist() == [2, 3, 0]


def test_statistics_of_two_equal_sentences() -> None:
    doc = doc_of("Cats sleep . Cats sleep .")
    found = statistics_of([doc], sentences_of([doc], "summarizer"))
    expected = [[0, 0, 0, np.log(3) / 4, 0, 1, np.log(2) / 4], [0, 0, 0, np.log(3) / 4, 1, 1 / 2, np.log(2) / 4]]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_what_is_central_and_long_is_above_the_mean() -> None:
    doc = doc_of("Cats sleep . Cats sleep and eat all day . Dogs bark .")
    central, by_counts, length = statistics_of([doc], sentences_of([doc], "summarizer"))[:, :3].T
    assert central[2] < 0 and by_counts[2] < 0 and length.argmax() == 1
    np.testing.assert_allclose([central.mean(), length.mean()], 0, atol=1e-6)


def test_statistics_do_not_depend_on_the_company() -> None:
    texts = docs()
    together = statistics_of(texts, sentences_of(texts, "summarizer"))
    alone = [statistics_of([doc], sentences_of([doc], "summarizer")) for doc in texts]
    assert np.array_equal(together, np.concatenate(alone)) and together.shape == (8, N_STATISTICS)


def test_copies_of_a_doc_have_the_same() -> None:
    doc = docs()[0]
    found = statistics_of([doc, doc], sentences_of([doc, doc], "summarizer"))
    assert np.array_equal(found[:5], found[5:])
