"""Sentences of some Docs with their scores → `doc.spans` and `span._.summary_score`."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from spacy.tokens import Doc, Span, SpanGroup

from ...heads.sentence_statistics import terms_of
from ...pieces.sentences import Sentences
from ...ranking.choosing import Length, choose
from ...ranking.similarities import Similarities
from ...types import Ints1d
from .extensions import IS_SUMMARY, drop_summary_scores, set_summary_score


class RankedDoc(NamedTuple):
    """first, last: Tokens of each sentence that is not blank. scores: Of each: (n_sentences,)."""

    first: Ints1d
    last: Ints1d
    scores: np.ndarray

    def spans(self, doc: Doc) -> list[Span]:
        return [doc[first : last + 1] for first, last in zip(self.first.tolist(), self.last.tolist())]


class Shape(NamedTuple):
    """Of a summary. length: See `Length`. max_redundancy: See `choose`."""

    length: Length
    max_redundancy: float | None


def ranked_docs(sentences: Sentences, scores: np.ndarray) -> Iterator[RankedDoc]:
    """scores (ndarray): Of all sentences: (n_sentences,)."""
    of_docs = np.split(scores, np.cumsum(sentences.per_doc)[:-1])
    for own, of_doc in zip(sentences.of_docs(), of_docs):
        yield RankedDoc(own.first, own.last, of_doc)


def summary_of(doc: Doc, ranked: RankedDoc, shape: Shape) -> list[Span]:
    """The chosen sentences, in the order of the text."""
    if shape.max_redundancy is None:
        similarities = Similarities(vectors=np.zeros((0, 1)))  # which nothing asks
    else:
        similarities = Similarities(terms_of(doc, ranked.first, ranked.last))
    chosen = choose(
        ranked.scores,
        ranked.last - ranked.first + 1,
        shape.length,
        similar=similarities.to,
        max_redundancy=shape.max_redundancy,
    )
    spans = ranked.spans(doc)
    return [spans[number] for number in chosen.tolist()]


def write_summary(doc: Doc, ranked: RankedDoc, shape: Shape, *, key: str, overwrite: bool) -> None:
    """Set the scores of all sentences; a blank one has 0. Scores before are dropped.

    overwrite (bool): Whether the group is replaced, where there is one.
    """
    drop_summary_scores(doc)
    if len(doc) and doc.has_annotation("SENT_START"):
        for sentence in doc.sents:
            set_summary_score(sentence, 0.0)
    for span, score in zip(ranked.spans(doc), ranked.scores.tolist()):
        set_summary_score(span, score)
    if overwrite or key not in doc.spans:
        doc.spans[key] = SpanGroup(doc, name=key, spans=summary_of(doc, ranked, shape), attrs={IS_SUMMARY: True})
