"""Random walks and centroids, against the table of all pairs."""

import numpy as np
import pytest

from spacy_bert_ext.ranking.centrality import DAMPING, centroid, lexrank, relative
from spacy_bert_ext.ranking.similarities import Similarities
from spacy_bert_ext.ranking.term_rows import tf_idf
from tests.ranking.similar import random_terms, random_vectors, table


def by_eigenvector(pairs: np.ndarray) -> np.ndarray:
    """LexRank as Erkan and Radev define it: the left eigenvector of the walk's matrix."""
    degrees = pairs.sum(axis=1, keepdims=True)
    steps = np.where(degrees > 0, pairs / np.maximum(degrees, 1e-12), 1 / len(pairs))
    values, vectors = np.linalg.eig((DAMPING * steps + (1 - DAMPING) / len(pairs)).T)
    found = np.real(vectors[:, np.argmax(np.real(values))])
    return found / found.sum()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("threshold", [None, 0.0, 0.2])
def test_lexrank_is_the_eigenvector(seed: int, threshold: float | None) -> None:
    # The tenth sentence has no words.
    terms = random_terms(9, seed=seed)
    terms = tf_idf(terms.terms.astype(np.uint64), terms.rows, 10)
    for similarities in (Similarities(terms), Similarities(terms, random_vectors(10))):
        pairs = table(similarities)
        pairs = pairs if threshold is None else (pairs > threshold).astype(float)
        np.testing.assert_allclose(lexrank(similarities, threshold), by_eigenvector(pairs), atol=1e-7)


def test_lexrank_of_three_sentences_by_hand() -> None:
    """The middle one shares a word with each other; these share none. By symmetry x + y + x = 1, and the walk from the
    middle, whose similarities are s, 1, s, gives x = 0.85 (x / (1 + s) + y s / (1 + 2 s)) + 0.05.
    """
    similarities = Similarities(tf_idf(np.array([1, 1, 2, 2], dtype=np.uint64), np.array([0, 1, 1, 2]), 3))
    s = similarities.to(1)[0]
    assert s == pytest.approx(0.5**0.5)
    # x (1 - d / (1 + s) + 2 d s / (1 + 2 s)) = d s / (1 + 2 s) + 0.05
    x = (0.85 * s / (1 + 2 * s) + 0.05) / (1 - 0.85 / (1 + s) + 2 * 0.85 * s / (1 + 2 * s))
    np.testing.assert_allclose(lexrank(similarities), [x, 1 - 2 * x, x], atol=1e-8)


def test_neighbours_above_a_threshold_are_equal() -> None:
    similarities = Similarities(tf_idf(np.array([1, 1, 2, 2], dtype=np.uint64), np.array([0, 1, 1, 2]), 3))
    assert lexrank(similarities, 0.8) == pytest.approx([1 / 3] * 3)  # each is its own neighbour alone


def test_centroid_ranks_by_the_cosine_to_the_mean() -> None:
    similarities = Similarities(random_terms(8))
    rows = np.stack([similarities.terms.row(i) for i in range(8)])
    np.testing.assert_allclose(centroid(similarities), rows @ rows.mean(axis=0))
    np.testing.assert_allclose(centroid(similarities), table(similarities).mean(axis=1))


def test_no_sentences_have_no_scores() -> None:
    assert len(lexrank(Similarities())) == len(centroid(Similarities())) == len(relative(np.zeros(0))) == 0


def test_one_sentence_has_all() -> None:
    similarities = Similarities(tf_idf(np.array([1], dtype=np.uint64), np.array([0]), 1))
    assert lexrank(similarities) == pytest.approx([1.0]) and centroid(similarities) == pytest.approx([1.0])


def test_relative_scores_end_at_1() -> None:
    assert relative(np.array([0.1, 0.4, 0.0])).tolist() == [0.25, 1.0, 0.0]
    assert relative(np.zeros(2)).tolist() == [0.0, 0.0]
