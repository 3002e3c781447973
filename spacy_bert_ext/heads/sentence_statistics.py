"""What the words of a text tell of its sentences, without an encoder."""

from collections.abc import Callable, Sequence

import numpy as np
from spacy.tokens import Doc

from ..arrays.ragged import starts_of
from ..pieces.sentences import Sentences, content_words
from ..ranking.centrality import centroid
from ..ranking.similarities import Similarities
from ..ranking.term_rows import TermRows, term_counts, tf_idf
from ..types import Ints1d

MakeRows = Callable[..., TermRows]  # of words and their sentences, see `tf_idf`
N_STATISTICS = 7
NEARLY_NONE = 1e-6  # a spread by which nothing is divided


def terms_of(doc: Doc, first: Ints1d, last: Ints1d, make: MakeRows = tf_idf) -> TermRows:
    """Rows of a Doc's sentences, which have these first and last tokens: (n_sentences,) each."""
    words, counts = content_words(doc)
    of_tokens = Sentences(first, last, np.array([len(first)]), np.array([len(doc)])).of_tokens()
    kept = counts & (of_tokens >= 0)
    return make(words[kept], of_tokens[kept], len(first))


def statistics_of(docs: Sequence[Doc], sentences: Sentences) -> np.ndarray:
    """Of each sentence: how central its words are, by TF-IDF and by counts, and how many tokens it has, compared with
    the others of its Doc; the logarithm of the number of its tokens; its place, from 0 to 1, and 1 / (1 + the number of
    those before it); the logarithm of the number of sentences. (n_sentences, N_STATISTICS).
    """
    token_starts = starts_of(sentences.tokens_per_doc).tolist()
    ends = np.cumsum(sentences.per_doc).tolist()
    known: dict[int, np.ndarray] = {}  # the same Doc may come several times
    found = [np.zeros((0, N_STATISTICS), dtype=np.float32)]
    for doc, token_start, n_sentences, end in zip(docs, token_starts, sentences.per_doc.tolist(), ends):
        own = slice(end - n_sentences, end)
        if id(doc) not in known:
            known[id(doc)] = _of_doc(doc, sentences.first[own] - token_start, sentences.last[own] - token_start)
        found.append(known[id(doc)])
    return np.concatenate(found)


def _of_doc(doc: Doc, first: Ints1d, last: Ints1d) -> np.ndarray:
    n_sentences = len(first)
    if not n_sentences:
        return np.zeros((0, N_STATISTICS), dtype=np.float32)
    central = [centroid(Similarities(terms_of(doc, first, last, make))) for make in (tf_idf, term_counts)]
    n_tokens = (last - first + 1).astype(np.float64)
    place = np.arange(n_sentences)
    columns = [
        *map(_compared, central),
        _compared(n_tokens),
        np.log(n_tokens) / 4,
        place / max(n_sentences - 1, 1),
        1 / (1 + place),
        np.full(n_sentences, np.log(n_sentences) / 4),
    ]
    return np.stack(columns, axis=1).astype(np.float32)


def _compared(values: np.ndarray) -> np.ndarray:
    """Distances from the mean, in standard deviations."""
    spread = values.std()
    return (values - values.mean()) / spread if spread > NEARLY_NONE else np.zeros(len(values))
