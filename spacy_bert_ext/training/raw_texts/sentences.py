"""Where sentences begin, by the rules of spaCy's `Sentencizer`, for the tokens of many texts at once."""

import numpy as np
from spacy.pipeline import Sentencizer
from spacy.strings import get_string_id

from ...types import Bools1d, Ints1d, Keys1d

_FINAL = np.array(sorted(get_string_id(mark) for mark in Sentencizer.default_punct_chars), dtype=np.uint64)


def sentence_starts(keys: Keys1d, is_punct: Bools1d, text_starts: Ints1d) -> Bools1d:
    """A sentence begins with a text, and with the first word after a final mark: (n_tokens,).

    keys, is_punct: Of each token: hash of its text; whether it is punctuation: (n_tokens,).
    text_starts: The first token of each text, from 0 on: (n_texts,).
    """
    starts = np.zeros(len(keys), np.bool_)
    starts[text_starts] = True
    is_final = np.isin(keys, _FINAL)
    n_final = np.concatenate([np.zeros(1, np.int64), np.cumsum(is_final)])  # before each token
    words = np.flatnonzero(~is_punct & ~is_final)
    # The word before each one, or the beginning of its text.
    before = np.maximum(np.concatenate([np.zeros(1, np.int64), words[:-1]]) if len(words) else words, 0)
    text = np.searchsorted(text_starts, words, side="right") - 1
    before = np.maximum(before, text_starts[text])
    starts[words[n_final[words] > n_final[before]]] = True
    return starts
