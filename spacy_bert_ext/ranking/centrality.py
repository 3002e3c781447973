"""How central each sentence is among those of its text.

LexRank: Erkan and Radev (2004), "LexRank: Graph-based Lexical Centrality as Salience in Text Summarization".
Centroid: Radev et al. (2004), "Centroid-based summarization of multiple documents"; by the cosine to the centroid, as
Rossiello, Basile and Semeraro (2017), "Centroid-based Text Summarization through Compositionality of Word Embeddings".
"""

from collections.abc import Callable

import numpy as np

from .similarities import Similarities

DAMPING = 0.85  # how often the walk goes on to a similar sentence; else it jumps to any
TOLERANCE = 1e-9  # of the sum of changes in a step
MAX_STEPS = 1000

Times = Callable[[np.ndarray], np.ndarray]


def lexrank(similarities: Similarities, threshold: float | None = None) -> np.ndarray:
    """How often a random walk is at each sentence: from 0 to 1, together 1: (n_sentences,).

    threshold (float): In [0, 1): a sentence is a neighbour of those that are more similar than that, each of which is
        as near. None: all are neighbours, the nearer the more similar ("continuous LexRank").
    """
    n_sentences = len(similarities)
    if not n_sentences:
        return np.zeros(0)
    times = similarities.times if threshold is None else _neighbours(similarities, threshold)
    degrees = times(np.ones(n_sentences))
    is_lonely = degrees <= 0  # a sentence without words: from it, the walk goes on anywhere
    shares = np.divide(1.0, degrees, out=np.zeros(n_sentences), where=~is_lonely)
    places = np.full(n_sentences, 1 / n_sentences)
    for _ in range(MAX_STEPS):
        anywhere = (1 - DAMPING + DAMPING * places[is_lonely].sum()) / n_sentences
        after = DAMPING * times(places * shares) + anywhere
        change = np.abs(after - places).sum()
        places = after
        if change < TOLERANCE:
            break
    return places


def centroid(similarities: Similarities) -> np.ndarray:
    """The mean similarity of each sentence to all, which ranks them by the cosine to their centroid: (n_sentences,)."""
    n_sentences = len(similarities)
    return similarities.times(np.full(n_sentences, 1 / max(n_sentences, 1)))


def relative(scores: np.ndarray) -> np.ndarray:
    """Scores divided by the highest one: from 0 to 1."""
    highest = scores.max(initial=0.0)
    return scores / highest if highest > 0 else np.zeros(len(scores))


def _neighbours(similarities: Similarities, threshold: float) -> Times:
    """The table of neighbours times a vector. Memory grows with the number of pairs of neighbours, 4 bytes each."""
    found = [np.flatnonzero(similarities.to(i) > threshold).astype(np.int32) for i in range(len(similarities))]
    places = np.concatenate(found)
    ends = np.cumsum([len(neighbours) for neighbours in found])

    def times(weights: np.ndarray) -> np.ndarray:
        sums = np.append(0.0, np.cumsum(weights[places]))
        return np.diff(np.append(0.0, sums[ends]))

    return times
