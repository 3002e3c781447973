"""Gold entities: counted, numbered by predicted tokens, and those that can't be learned."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from spacy.attrs import ENT_IOB, ENT_TYPE, ORTH
from spacy.strings import StringStore
from spacy.tokens import Span
from spacy.training import Example

from ...errors import Errors
from ...losses.priors import log_frequencies
from ...tagging.tags import MISSING, TagSet
from ...types import Ints1d
from ..answers import GoldSummary
from ..gold_faults import blank_ended, misaligned

MISSING_IOB, INSIDE, OUTSIDE, BEGIN = 0, 1, 2, 3  # spaCy's values of ENT_IOB


@dataclass
class EntityCounts:
    """What some examples have annotated.

    n_unannotated: Docs of which no token says whether it is part of an entity.
    entities: Gold entities of each label.
    tokens: Predicted tokens of each label; None stands for those outside of entities.
    misaligned, blank_ended: See `misaligned_entities`, `blank_ended_entities`.
    """

    n_examples: int = 0
    n_unannotated: int = 0
    entities: Counter[str] = field(default_factory=Counter)
    tokens: Counter[str | None] = field(default_factory=Counter)
    misaligned: list[Span] = field(default_factory=list)
    blank_ended: list[Span] = field(default_factory=list)


def count_entities(examples: Iterable[Example]) -> EntityCounts:
    counts = EntityCounts()
    for eg in examples:
        counts.n_examples += 1
        counts.n_unannotated += not eg.reference.has_annotation("ENT_IOB")
        counts.entities.update(span.label_ for span in eg.reference.ents)
        counts.tokens.update(_classes(eg))
        counts.misaligned += misaligned_entities(eg)
        counts.blank_ended += blank_ended_entities(eg)
    return counts


def summarize_entities(counts: EntityCounts) -> GoldSummary:
    total = counts.entities.total()
    faults = [
        misaligned(counts.misaligned, total),
        blank_ended(counts.blank_ended, total),
    ]
    return GoldSummary(counts.entities, counts.n_unannotated, [fault for fault in faults if fault.items])


def tag_prior(tags: TagSet, counts: np.ndarray, weights: np.ndarray | None) -> np.ndarray:
    """Logits of these counts of tokens of each class, shared out evenly among its tags: (n_tags,).

    counts, weights (ndarray): Of the labels and, last, of what is outside: (n_labels + 1,).
    """
    class_of_tag = tags.labels % len(counts)  # O has label -1, and is the last class
    tags_of_class = np.bincount(class_of_tag, minlength=len(counts))
    return (log_frequencies(counts, weights) - np.log(tags_of_class))[class_of_tag]


class GoldTokens(NamedTuple):
    """Annotation of the predicted tokens of some Docs: (n_tokens,) each.

    entity: Number of the token's entity, from 1; 0 outside of entities, MISSING where nothing is annotated.
    label: Its place among the labels, where there is an entity.
    """

    entity: Ints1d
    label: Ints1d


def gold_tokens(examples: Sequence[Example], labels: Sequence[str], strings: StringStore, name: str) -> GoldTokens:
    """name (str): Of the component, for the error.

    RAISES (ValueError): A label that is none of `labels`.
    """
    arrays = [_iob_and_types(eg) for eg in examples if len(eg.predicted)]
    if not arrays:
        return GoldTokens(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))
    iob, types = np.concatenate(arrays).T
    keys = np.array([strings.add(label) for label in labels], dtype=np.uint64)
    order = np.argsort(keys)
    label = order[np.minimum(np.searchsorted(keys, types, sorter=order), len(keys) - 1)]
    in_entity = (types != 0) & ((iob == BEGIN) | (iob == INSIDE))
    unknown = in_entity & (keys[label] != types)
    if unknown.any():
        _check_types(examples[0], types[unknown], labels, name)
    begins = in_entity & (iob == BEGIN)
    entity = np.where(in_entity, np.cumsum(begins) + 1, np.where(iob == MISSING_IOB, MISSING, 0))
    return GoldTokens(entity, label)


def check_entities(eg: Example, labels: Sequence[str], name: str) -> None:
    """RAISES (ValueError): A label that is none of `labels`."""
    if len(eg.predicted) and eg.reference.ents:
        iob, types = _iob_and_types(eg).T
        _check_types(eg, types[(types != 0) & ((iob == BEGIN) | (iob == INSIDE))], labels, name)


def _check_types(eg: Example, types: np.ndarray, labels: Sequence[str], name: str) -> None:
    strings = eg.reference.vocab.strings
    names = [strings.as_string(key) for key in np.unique(types).tolist()]
    unknown = [label for label in names if label not in labels]
    if unknown:
        raise ValueError(Errors.B029.format(label=unknown[0], name=name, labels=", ".join(labels)))


def _iob_and_types(eg: Example) -> np.ndarray:
    """Gold ENT_IOB and ENT_TYPE of the predicted tokens: (n_tokens, 2)."""
    if same_tokens(eg):
        return eg.reference.to_array([ENT_IOB, ENT_TYPE])
    strings = eg.reference.vocab.strings
    rows = np.zeros((len(eg.predicted), 2), dtype=np.uint64)
    for i, tag in enumerate(eg.get_aligned_ner()):
        if tag is None or tag == "-":
            continue
        iob = {"O": OUTSIDE, "B": BEGIN, "U": BEGIN}.get(tag[0], INSIDE)
        rows[i] = (iob, strings.add(tag[2:]) if iob != OUTSIDE else 0)
    return rows


def _classes(eg: Example) -> Iterator[str | None]:
    """The label of each predicted token that is annotated, None outside of entities."""
    strings = eg.reference.vocab.strings
    for iob, entity_type in _iob_and_types(eg).tolist():
        if iob in (BEGIN, INSIDE) and entity_type:
            yield strings[entity_type]
        elif iob != MISSING_IOB:
            yield None


def same_tokens(eg: Example) -> bool:
    """Whether gold and predicted Doc have the same tokens, so that nothing needs aligning."""
    return len(eg.predicted) == len(eg.reference) and bool(
        (eg.predicted.to_array(ORTH) == eg.reference.to_array(ORTH)).all()
    )


def blank_ended_entities(eg: Example) -> list[Span]:
    """Gold entities that begin or end in white space, as none that is predicted does."""
    return [span for span in eg.reference.ents if span[0].is_space or span[-1].is_space]


def misaligned_entities(eg: Example) -> list[Span]:
    """Gold entities that no run of predicted tokens matches, and that therefore can't be learned."""
    if same_tokens(eg) or not eg.reference.ents:
        return []
    predicted_starts = {token.idx for token in eg.predicted}
    predicted_ends = {token.idx + len(token) for token in eg.predicted}
    return [
        span
        for span in eg.reference.ents
        if span.start_char not in predicted_starts or span.end_char not in predicted_ends
    ]
