"""Similarities of a few sentences, and the table of all pairs."""

import numpy as np

from spacy_bert_ext.ranking.similarities import Similarities, unit_rows
from spacy_bert_ext.ranking.term_rows import TermRows, tf_idf


def random_terms(n_sentences: int, n_words: int = 60, seed: int = 0) -> TermRows:
    generator = np.random.default_rng(seed)
    words = generator.integers(0, 12, n_words).astype(np.uint64)
    return tf_idf(words, generator.integers(0, n_sentences, n_words), n_sentences)


def random_vectors(n_sentences: int, seed: int = 1) -> np.ndarray:
    return unit_rows(np.random.default_rng(seed).normal(size=(n_sentences, 5)))


def table(similarities: Similarities) -> np.ndarray:
    return np.stack([similarities.to(i) for i in range(len(similarities))])
