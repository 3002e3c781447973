"""TF-IDF by hand."""

import numpy as np
import pytest

from spacy_bert_ext.ranking.term_rows import TermRows, term_counts, tf_idf


def dense(rows: TermRows) -> np.ndarray:
    return np.stack([rows.row(i) for i in range(rows.n_rows)])


def test_tf_idf_is_that_of_scikit_learn() -> None:
    """Three sentences: "a a b", "b c", none. The numbers are those of `TfidfVectorizer`."""
    rows = tf_idf(np.array([7, 7, 9, 9, 3], dtype=np.uint64), np.array([0, 0, 0, 1, 1]), 3)
    rare, common = np.log(4 / 2) + 1, np.log(4 / 3) + 1  # in one and in two of three
    first, second = np.array([0, 2 * rare, common]), np.array([rare, 0, common])  # 3, 7, 9
    expected = [first / np.linalg.norm(first), second / np.linalg.norm(second), np.zeros(3)]
    np.testing.assert_allclose(dense(rows), expected)
    assert (rows.n_rows, rows.n_terms) == (3, 3)


def test_counts_have_no_weights() -> None:
    rows = term_counts(np.array([7, 7, 9], dtype=np.uint64), np.array([0, 0, 0]), 1)
    np.testing.assert_allclose(dense(rows), [[2 / 5**0.5, 1 / 5**0.5]])


def test_products_are_those_of_the_matrix() -> None:
    generator = np.random.default_rng(0)
    rows = tf_idf(generator.integers(0, 9, 40).astype(np.uint64), generator.integers(0, 6, 40), 7)
    matrix = dense(rows)
    of_terms, of_rows = generator.random(rows.n_terms), generator.random(7)
    np.testing.assert_allclose(rows.times(of_terms), matrix @ of_terms)
    np.testing.assert_allclose(rows.transposed_times(of_rows), matrix.T @ of_rows)


@pytest.mark.parametrize("n_sentences", [0, 2])
def test_without_words_there_are_no_terms(n_sentences: int) -> None:
    rows = tf_idf(np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64), n_sentences)
    assert rows.n_terms == 0
    assert rows.times(np.zeros(0)).tolist() == [0.0] * n_sentences
