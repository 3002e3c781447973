"""Where the sentences of examples begin, for pairs of them."""

from collections.abc import Iterable

import numpy as np
from spacy.attrs import SENT_START
from spacy.tokens import Doc
from spacy.training import Example

from ...errors import Errors
from ...types import Bools1d


def sentence_starts_of(eg: Example) -> Bools1d:
    """Whether a sentence begins with each token of the predicted Doc, as it says itself, or else the reference."""
    if _has_sentences(eg.predicted):
        starts: Bools1d = eg.predicted.to_array(SENT_START) == 1
        return starts
    if not _has_sentences(eg.reference):
        return np.zeros(len(eg.predicted), np.bool_)
    return np.array([start == 1 for start in eg.get_aligned("SENT_START")], dtype=np.bool_)


def check_sentences(name: str, examples: Iterable[Example]) -> None:
    """RAISES (ValueError): No Doc has two sentences."""
    n_docs = 0
    for n_docs, eg in enumerate(examples, start=1):
        if sentence_starts_of(eg)[1:].any():
            return
    raise ValueError(Errors.B407.format(name=name, n_docs=n_docs))


def _has_sentences(doc: Doc) -> bool:
    return len(doc) > 1 and doc.has_annotation("SENT_START")
