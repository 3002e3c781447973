"""Similarities without a table of pairs, against the table."""

import numpy as np
import pytest

from spacy_bert_ext.ranking.similarities import VECTOR_SHARE, Similarities, unit_rows
from tests.ranking.similar import random_terms, random_vectors, table

CASES = {
    "tfidf": Similarities(random_terms(8)),
    "vectors": Similarities(vectors=random_vectors(8)),
    "both": Similarities(random_terms(8), random_vectors(8)),
}


@pytest.mark.parametrize("name", CASES)
def test_sums_are_those_of_the_table(name: str) -> None:
    found, weights = CASES[name], np.random.default_rng(2).random(8)
    pairs = table(found)
    np.testing.assert_allclose(found.times(weights), pairs @ weights)
    np.testing.assert_allclose(pairs, pairs.T)
    np.testing.assert_allclose(np.diag(pairs), 1.0)
    assert len(found) == 8 and pairs.min() >= 0


def test_both_are_a_weighted_mean() -> None:
    terms, vectors, both = (table(found) for found in CASES.values())
    np.testing.assert_allclose(both, (1 - VECTOR_SHARE) * terms + VECTOR_SHARE * vectors)


def test_opposite_vectors_have_no_similarity_and_a_missing_one_half() -> None:
    vectors = unit_rows(np.array([[3.0, 0.0], [-1.0, 0.0], [0.0, 0.0]]))
    np.testing.assert_allclose(table(Similarities(vectors=vectors)), [[1, 0, 0.5], [0, 1, 0.5], [0.5, 0.5, 0.5]])


def test_nothing_is_similar_to_nothing() -> None:
    assert len(Similarities()) == 0
