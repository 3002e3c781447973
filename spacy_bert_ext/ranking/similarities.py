"""How alike the sentences of a text are, without a table of all pairs."""

from dataclasses import dataclass

import numpy as np

from .term_rows import TermRows

VECTOR_SHARE = 0.1  # of vectors beside TF-IDF: vectors of all sentences of a text are much alike


@dataclass(frozen=True)
class Similarities:
    """Of pairs of sentences, from 0 to 1, as the product of narrow matrices: time and memory grow with the number of
    sentences, not with that of pairs.

    terms: TF-IDF, whose cosine counts. None if it does not count.
    vectors: Rows of length 1 or 0, whose similarity is (1 + cosine) / 2: (n_sentences, width). None if they do
        not count.
    """

    terms: TermRows | None = None
    vectors: np.ndarray | None = None

    def __len__(self) -> int:
        return self.terms.n_rows if self.terms is not None else 0 if self.vectors is None else len(self.vectors)

    @property
    def vector_share(self) -> float:
        return 0.0 if self.vectors is None else 1.0 if self.terms is None else VECTOR_SHARE

    def times(self, weights: np.ndarray) -> np.ndarray:
        """Of each sentence, the sum of its similarities to all, weighted: (n_sentences,)."""
        return self._combined(
            None if self.terms is None else self.terms.times(self.terms.transposed_times(weights)),
            None if self.vectors is None else (weights.sum() + self.vectors @ (self.vectors.T @ weights)) / 2,
        )

    def to(self, number: int) -> np.ndarray:
        """Of each sentence to this one: (n_sentences,)."""
        return self._combined(
            None if self.terms is None else self.terms.times(self.terms.row(number)),
            None if self.vectors is None else (1 + self.vectors @ self.vectors[number]) / 2,
        )

    def _combined(self, of_terms: np.ndarray | None, of_vectors: np.ndarray | None) -> np.ndarray:
        share = self.vector_share
        found = np.zeros(len(self))
        if of_terms is not None:
            found += (1 - share) * of_terms
        if of_vectors is not None:
            found += share * of_vectors
        return found


def unit_rows(vectors: np.ndarray) -> np.ndarray:
    """Divided by their lengths; zeros stay: (n, width)."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    found: np.ndarray = np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0)
    return found
