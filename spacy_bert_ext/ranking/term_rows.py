"""Sentences as rows of TF-IDF, of which most numbers are 0."""

from dataclasses import dataclass

import numpy as np

from ..types import Ints1d, Keys1d


@dataclass(frozen=True)
class TermRows:
    """Rows of length 1, or of zeros alone where a sentence has no words.

    rows, terms, values: Of what is not 0, sorted by rows: (n,) each.
    n_rows, n_terms: Of the whole matrix.
    """

    rows: Ints1d
    terms: Ints1d
    values: np.ndarray
    n_rows: int
    n_terms: int

    def times(self, of_terms: np.ndarray) -> np.ndarray:
        """The matrix times a vector (n_terms,): (n_rows,)."""
        return np.bincount(self.rows, self.values * of_terms[self.terms], minlength=self.n_rows)

    def transposed_times(self, of_rows: np.ndarray) -> np.ndarray:
        """The transposed matrix times a vector (n_rows,): (n_terms,)."""
        return np.bincount(self.terms, self.values * of_rows[self.rows], minlength=self.n_terms)

    def row(self, number: int) -> np.ndarray:
        """With its zeros: (n_terms,)."""
        start, stop = np.searchsorted(self.rows, [number, number + 1])
        found = np.zeros(self.n_terms)
        found[self.terms[start:stop]] = self.values[start:stop]
        return found


def term_counts(words: Keys1d, sentences: Ints1d, n_sentences: int) -> TermRows:
    """How often a word occurs in a sentence; then each row divided by its length. See `tf_idf`."""
    return _unit_rows(words, sentences, n_sentences, weighted=False)


def tf_idf(words: Keys1d, sentences: Ints1d, n_sentences: int) -> TermRows:
    """How often a word occurs in a sentence, times `ln((1 + n) / (1 + m)) + 1` if m of n sentences have it; then each
    row divided by its length. This is what scikit-learn's `TfidfVectorizer` computes, with sentences as documents.

    words, sentences: Of each occurrence, the word and the number of its sentence: (n,) each.
    """
    return _unit_rows(words, sentences, n_sentences, weighted=True)


def _unit_rows(words: Keys1d, sentences: Ints1d, n_sentences: int, *, weighted: bool) -> TermRows:
    _, terms = np.unique(words, return_inverse=True)
    n_terms = int(terms.max(initial=-1)) + 1
    places, counts = np.unique(sentences * max(n_terms, 1) + terms, return_counts=True)
    rows, terms = np.divmod(places, max(n_terms, 1))
    values = counts.astype(np.float64)
    if weighted:
        n_having = np.bincount(terms, minlength=n_terms)
        values *= (np.log((1 + n_sentences) / (1 + n_having)) + 1)[terms]
    lengths = np.sqrt(np.bincount(rows, values**2, minlength=n_sentences))
    return TermRows(rows, terms, values=values / lengths[rows], n_rows=n_sentences, n_terms=n_terms)
