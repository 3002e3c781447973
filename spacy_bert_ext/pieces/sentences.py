"""Sentences of Docs, and the words that tell what they are about."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from spacy.attrs import IS_PUNCT, IS_SPACE, IS_STOP, LOWER, SENT_START
from spacy.tokens import Doc

from ..arrays.ragged import rows_of, starts_of
from ..errors import Errors
from ..types import Bools1d, Ints1d, Keys1d, Tokens2d

START = 1  # what spaCy has for the first token of a sentence


class Sentences(NamedTuple):
    """Those of some Docs that are not blank, in the order of the text.

    first, last: Their first and last token that is no white space, over the flat tokens of all Docs: (n_sentences,).
    per_doc: How many each Doc has: (n_docs,).
    tokens_per_doc: (n_docs,).
    """

    first: Ints1d
    last: Ints1d
    per_doc: Ints1d
    tokens_per_doc: Ints1d

    @property
    def n_tokens(self) -> Ints1d:
        """White space at either end left out: (n_sentences,)."""
        return self.last - self.first + 1

    def of_docs(self) -> Iterator["Sentences"]:
        """Those of each Doc, over its own tokens."""
        starts, ends = starts_of(self.tokens_per_doc).tolist(), np.cumsum(self.per_doc).tolist()
        for place, (start, end) in enumerate(zip(starts, ends)):
            own, one = slice(end - int(self.per_doc[place]), end), slice(place, place + 1)
            first, last = self.first[own] - start, self.last[own] - start
            yield Sentences(first, last, per_doc=self.per_doc[one], tokens_per_doc=self.tokens_per_doc[one])

    def of_tokens(self) -> Ints1d:
        """The sentence of each token, -1 for white space at the ends: (n_tokens,)."""
        found = np.full(int(self.tokens_per_doc.sum()), -1, dtype=np.int64)
        lengths = self.n_tokens
        places = np.repeat(self.first - starts_of(lengths), lengths) + np.arange(int(lengths.sum()))
        found[places] = rows_of(lengths)
        return found


def sentences_of(docs: Sequence[Doc], name: str) -> Sentences:
    """name (str): Of the component that asks.

    RAISES (ValueError): A Doc has no sentences.
    """
    for doc in docs:
        if len(doc) and not doc.has_annotation("SENT_START"):
            raise ValueError(Errors.B461.format(name=name, text=doc.text[:50]))
    lengths = np.array([len(doc) for doc in docs], dtype=np.int64)
    found = [np.zeros((0, 2), dtype=np.uint64), *(doc.to_array([SENT_START, IS_SPACE]) for doc in docs if len(doc))]
    flags = np.concatenate(found)
    is_start = flags[:, 0] == START
    is_start[starts_of(lengths)[lengths > 0]] = True
    numbers = np.cumsum(is_start)
    tokens = np.flatnonzero(flags[:, 1] == 0)
    of_tokens = numbers[tokens]
    _, at_first = np.unique(of_tokens, return_index=True)
    at_last = np.append(at_first[1:], len(tokens)) - 1 if len(at_first) else at_first
    first, last = tokens[at_first], tokens[at_last]
    per_doc = np.bincount(rows_of(lengths)[first], minlength=len(lengths)).astype(np.int64)
    return Sentences(first, last, per_doc=per_doc, tokens_per_doc=lengths)


def content_words(doc: Doc) -> tuple[Keys1d, Bools1d]:
    """Each token in lower case, and whether it is one of the words that count: neither stop word, punctuation nor white
    space: (n_tokens,) each.
    """
    found: Tokens2d = doc.to_array([LOWER, IS_STOP, IS_PUNCT, IS_SPACE])  # type: ignore[assignment]  # spaCy's stubs
    words: Keys1d = found[:, 0]
    counts: Bools1d = found[:, 1:].sum(axis=1) == 0
    return words, counts
