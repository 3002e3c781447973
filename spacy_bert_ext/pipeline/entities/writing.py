"""Predicted entities → `doc.ents` and `span._.score`."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from spacy.attrs import ENT_ID, ENT_IOB, ENT_KB_ID, ENT_TYPE
from spacy.strings import StringStore
from spacy.tokens import Doc

from ...arrays.ragged import expand_ranges, starts_of
from ...tagging.tag_scores import TagScores
from ...types import Ints1d
from ..scores import add_scores, drop_scores, get_score, set_score
from .gold import BEGIN, INSIDE, OUTSIDE


class PredictedEntities(NamedTuple):
    """Entities of some Docs over their flat tokens: (n_entities,) each.

    first, last: Tokens, counted over all Docs.
    label: Place in the component's labels.
    score: Probability, from 0 to 1.
    tag_scores: From which they were predicted, if they were: what `get_loss` needs.
    """

    first: Ints1d
    last: Ints1d
    label: Ints1d
    score: np.ndarray
    tag_scores: TagScores | None = None


class _Annotation(NamedTuple):
    """What is set on one Doc: ENT_IOB and ENT_TYPE of its tokens (n_tokens, 2), and its new entities (n_entities,)."""

    rows: np.ndarray
    first: Ints1d
    last: Ints1d
    label: Ints1d
    scores: np.ndarray


def write_entities(
    docs: Sequence[Doc], entities: PredictedEntities, labels: Sequence[str], strings: StringStore, *, overwrite: bool
) -> None:
    """overwrite (bool): Whether entities that a Doc already has are replaced; if not, predictions that touch them are
    dropped.
    """
    lengths = np.array([len(doc) for doc in docs], dtype=np.int64)
    rows = _rows(entities, int(lengths.sum()), np.array([strings.add(label) for label in labels], dtype=np.uint64))
    doc_starts = starts_of(lengths)
    bounds = np.searchsorted(entities.first, np.append(doc_starts, lengths.sum()))
    for i, doc in enumerate(docs):
        if not lengths[i]:
            continue
        own = slice(doc_starts[i], doc_starts[i] + lengths[i])
        first, last, label, scores = (array[bounds[i] : bounds[i + 1]] for array in entities[:4])
        start = doc_starts[i]
        predicted = _Annotation(rows[own], first=first - start, last=last - start, label=label, scores=scores)
        before = doc.to_array(ENT_IOB)
        if ((before == BEGIN) | (before == INSIDE)).any():
            predicted = (_replacing if overwrite else _beside)(doc, predicted, labels)
        else:
            if doc.user_data:
                drop_scores(doc, labels)
            _set_attributes(doc, [ENT_IOB, ENT_TYPE], predicted.rows)
        first, last, label, scores = (array.tolist() for array in predicted[1:])
        add_scores(doc, zip(first, last, [labels[i] for i in label], scores))


def _set_attributes(doc: Doc, attributes: list[int | str], rows: Any) -> None:
    """rows: (n_tokens, n_attributes). What spaCy calls integers in its stubs are Python's."""
    doc.from_array(attributes, rows)


def _rows(entities: PredictedEntities, n_tokens: int, label_keys: np.ndarray) -> np.ndarray:
    """ENT_IOB and ENT_TYPE: (n_tokens, 2)."""
    types = np.zeros(n_tokens, dtype=np.uint64)
    iob = np.full(n_tokens, OUTSIDE, dtype=np.uint64)
    sizes = entities.last - entities.first + 1
    inside = expand_ranges(entities.first, sizes)
    types[inside] = np.repeat(label_keys[entities.label], sizes)
    iob[inside] = INSIDE
    iob[entities.first] = BEGIN
    return np.stack([iob, types], axis=1)


def _replacing(doc: Doc, predicted: _Annotation, labels: Sequence[str]) -> _Annotation:
    """Replace all entities of the Doc, with their ids and scores, and scores that it had of these labels."""
    drop_scores(doc, {*labels, *(span.label_ for span in doc.ents)})
    ids = np.zeros_like(predicted.rows)
    _set_attributes(doc, [ENT_IOB, ENT_TYPE, ENT_KB_ID, ENT_ID], np.hstack([predicted.rows, ids]))
    return predicted


def _beside(doc: Doc, predicted: _Annotation, labels: Sequence[str]) -> _Annotation:
    """Add to the Doc the predicted entities that touch none of its own, which keep their scores."""
    kept = [(span, get_score(span)) for span in doc.ents]
    drop_scores(doc, labels)
    for span, score in kept:
        set_score(span, score)
    before = doc.to_array([ENT_IOB, ENT_TYPE])
    taken = (before[:, 0] == BEGIN) | (before[:, 0] == INSIDE)
    n_taken = np.concatenate([np.zeros(1, np.int64), np.cumsum(taken)])
    free = n_taken[predicted.last + 1] == n_taken[predicted.first]
    first, last, label, scores = (array[free] for array in predicted[1:])
    inside = expand_ranges(first, last - first + 1)
    rows = before.copy()
    rows[~taken] = (OUTSIDE, 0)
    rows[inside] = predicted.rows[inside]
    _set_attributes(doc, [ENT_IOB, ENT_TYPE], rows)
    return _Annotation(rows, first=first, last=last, label=label, scores=scores)
