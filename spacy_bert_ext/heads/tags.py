"""Labels ↔ BILUO tags: numbering, allowed neighbours, entities to tags and back. Array functions only.

Tag 0 is O; label `i` has B at 4i + 1, I at 4i + 2, L at 4i + 3 and U at 4i + 4. For the scheme see Ratinov and Roth
(2009), "Design Challenges and Misconceptions in Named Entity Recognition".
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from ..ragged import rows_of, starts_of
from ..types import Bools1d, Ints1d

B, I, L, U = 1, 2, 3, 4
MISSING = -1
MIN_LABELS_IN_BLOCKS = 12


class Entities(NamedTuple):
    """Entities over flat tokens: (n_entities,) each; `last` is the last token, not one past it."""

    first: Ints1d
    last: Ints1d
    label: Ints1d


class Block(NamedTuple):
    """Groups of tags that may follow each other: every row's tag may be followed by every column's, group by group.

    rows: (n_groups, r).
    columns: (n_groups, c).
    """

    rows: np.ndarray
    columns: np.ndarray


class Transitions(NamedTuple):
    """Which tags may begin a Doc, end it, and follow each other: (n_tags,), (n_tags,), (n_tags, n_tags).

    blocks: The same pairs as `between`; () where there are so few tags that computing all pairs is faster.
    """

    start: Bools1d
    end: Bools1d
    between: np.ndarray
    blocks: tuple[Block, ...]


def n_tags(n_labels: int) -> int:
    return 4 * n_labels + 1


@cache
def allowed_transitions(n_labels: int) -> Transitions:
    tags = np.arange(n_tags(n_labels))
    position = np.where(tags == 0, 0, (tags - 1) % 4 + 1)
    label = (tags - 1) // 4
    opens = (position == 0) | (position == B) | (position == U)
    closed = (position == 0) | (position == L) | (position == U)
    inside_before = (position == B) | (position == I)
    inside_after = (position == I) | (position == L)
    goes_on = inside_before[:, None] & inside_after[None, :] & (label[:, None] == label[None, :])
    after_entities = Block(np.flatnonzero(closed)[None], np.flatnonzero(opens)[None])
    begins = 4 * np.arange(n_labels)[:, None]
    within_entities = Block(begins + [B, I], begins + [I, L])
    blocks = (after_entities, within_entities) if n_labels >= MIN_LABELS_IN_BLOCKS else ()
    return Transitions(opens, closed, (closed[:, None] & opens[None, :]) | goes_on, blocks)


def to_tags(entity: Ints1d, label: Ints1d, lengths: Ints1d) -> Ints1d:
    """Tags of tokens.

    entity (Ints1d): For each token the number of its entity, 0 for outside, MISSING for not annotated: (n_tokens,).
    label (Ints1d): The label of each token's entity, anything outside of entities: (n_tokens,).
    lengths (Ints1d): Tokens of each Doc: (n_docs,).
    """
    docs = rows_of(lengths)
    same_as_before = np.zeros(len(entity), dtype=bool)
    same_as_before[1:] = (entity[1:] == entity[:-1]) & (docs[1:] == docs[:-1])
    same_as_after = np.zeros(len(entity), dtype=bool)
    same_as_after[:-1] = same_as_before[1:]
    position = np.choose(same_as_before + 2 * same_as_after, [U, L, B, I])
    return np.where(entity > 0, 4 * label + position, np.where(entity == 0, 0, MISSING))


def to_entities(tags: Ints1d, lengths: Ints1d) -> Entities:
    """Entities of tags. Sequences that BILUO forbids are read by their runs: an entity goes on while its label does.

    An entity begins at B and U, after O, L and U, and where the label changes.
    """
    position = np.where(tags == 0, 0, (tags - 1) % 4 + 1)
    label = (tags - 1) // 4
    inside = tags > 0
    begins = inside.copy()
    goes_on = inside[1:] & inside[:-1] & (label[1:] == label[:-1])
    begins[1:] &= ~(goes_on & np.isin(position[1:], (I, L)) & np.isin(position[:-1], (B, I)))
    begins[starts_of(lengths)[lengths > 0]] |= inside[starts_of(lengths)[lengths > 0]]
    first = np.flatnonzero(begins)
    run = np.cumsum(begins)
    last = np.flatnonzero(inside & (np.append(run[1:] != run[:-1], True) | np.append(~inside[1:], True)))
    return Entities(first, last, label[first])
