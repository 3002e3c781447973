"""Labels ↔ tags: numbering, allowed neighbours, entities to tags and back. Array functions only.

A tag is a label and a position in an entity. Schemes differ in the positions they tell apart:

    BILUO  begin, inside, last, unit (an entity of one token); the same as BIOES. Ratinov and Roth (2009), "Design
           Challenges and Misconceptions in Named Entity Recognition"
    BIO    begin, inside; also called IOB2. Ramshaw and Marcus (1995), "Text Chunking using Transformation-Based
           Learning"
    IOB1   inside, and begin only where an entity follows another one of its label
    IO     inside; neighbouring entities of one label become one
"""

from collections.abc import Sequence
from functools import cache, cached_property
from typing import Any, NamedTuple

import numpy as np

from ..arrays.ragged import rows_of, starts_of
from ..errors import Errors
from ..types import Bools1d, Ints1d

O, B, I, L, U = range(5)
POSITIONS = {"BILUO": (B, I, L, U), "BIO": (B, I), "IOB1": (B, I), "IO": (I,)}  # of each scheme, in the order of tags
LETTERS = "OBILU"
MISSING = -1
MIN_LABELS_IN_BLOCKS = 12

# Which position a gold tag takes where a fine-tuned checkpoint lacks the right one.
_NEXT_BEST = {B: (B, I, U, L), I: (I, B, L, U), L: (L, I, B, U), U: (U, B, I, L)}


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


class TagSet:
    """The tags of a head, in the order of its outputs.

    scheme (str): "BILUO", "BIO", "IOB1" or "IO".
    positions (Sequence[int]): O, B, I, L or U for each tag: (n_tags,).
    labels (Sequence[int]): The number of each tag's label, -1 for O: (n_tags,).
    outside (int): The tag that gold tokens outside of entities have, if several are O.
    """

    def __init__(self, scheme: str, positions: Sequence[int], labels: Sequence[int], *, outside: int = 0) -> None:
        self.scheme = scheme
        self.outside = outside
        self.positions: Ints1d = np.array(positions, dtype=np.int64)
        self.labels: Ints1d = np.array(labels, dtype=np.int64)

    def __len__(self) -> int:
        return len(self.positions)

    @property
    def n_labels(self) -> int:
        return int(self.labels.max()) + 1

    @cached_property
    def allowed(self) -> Transitions:
        """Which sequences the scheme allows."""
        position, label = self.positions, self.labels
        outside, inside = position == O, position == I
        same = (label[:, None] == label[None, :]) & ~outside[:, None] & ~outside[None, :]
        everywhere = np.ones(len(position), dtype=bool)
        if self.scheme == "BILUO":
            opens = outside | (position == B) | (position == U)
            closed = outside | (position == L) | (position == U)
            goes_on = same & np.isin(position, (B, I))[:, None] & np.isin(position, (I, L))[None, :]
            return Transitions(opens, closed, (closed[:, None] & opens[None, :]) | goes_on, self._blocks(opens, closed))
        if self.scheme == "BIO":
            # What has no tag to begin with begins inside.
            opens = ~inside | ~np.isin(label, label[position == B])
            return Transitions(opens, everywhere, opens[None, :] | same, ())
        if self.scheme == "IOB1":
            opens = position != B
            return Transitions(opens, everywhere, opens[None, :] | same, ())
        return Transitions(everywhere, everywhere, np.ones((len(position), len(position)), dtype=bool), ())

    def _blocks(self, opens: Bools1d, closed: Bools1d) -> tuple[Block, ...]:
        if self.n_labels < MIN_LABELS_IN_BLOCKS or len(self) != n_tags(self.n_labels, self.scheme):
            return ()
        after_entities = Block(np.flatnonzero(closed)[None], np.flatnonzero(opens)[None])
        tag_of = self._tag_of
        return after_entities, Block(tag_of[:, [B, I]], tag_of[:, [I, L]])

    @cached_property
    def _tag_of(self) -> np.ndarray:
        """The tag of each label and position, by the next best where there is none: (n_labels, 5)."""
        number = {(label, position): tag for tag, (label, position) in enumerate(zip(self.labels, self.positions))}
        table = np.zeros((self.n_labels, 5), dtype=np.int64)
        for label in range(self.n_labels):
            for position, choices in _NEXT_BEST.items():
                table[label, position] = next(number[label, one] for one in choices if (label, one) in number)
        return table

    def to_tags(self, entity: Ints1d, label: Ints1d, lengths: Ints1d) -> Ints1d:
        """Tags of tokens.

        entity (Ints1d): For each token the number of its entity, 0 for outside, MISSING for not annotated: (n_tokens,).
        label (Ints1d): The label of each token's entity, anything outside of entities: (n_tokens,).
        lengths (Ints1d): Tokens of each Doc: (n_docs,).
        """
        docs = rows_of(lengths)
        same_doc = docs[1:] == docs[:-1]
        goes_on, is_followed, touches = (np.zeros(len(entity), dtype=bool) for _ in range(3))
        goes_on[1:] = (entity[1:] == entity[:-1]) & same_doc
        is_followed[:-1] = goes_on[1:]
        if self.scheme == "BILUO":
            position = np.choose(goes_on + 2 * is_followed, [U, L, B, I])
        elif self.scheme == "BIO":
            position = np.where(goes_on, I, B)
        elif self.scheme == "IOB1":
            touches[1:] = (entity[:-1] > 0) & (label[1:] == label[:-1]) & same_doc
            position = np.where(touches & ~goes_on, B, I)
        else:
            position = np.full(len(entity), I)
        inside = entity > 0
        tags = np.full(len(entity), MISSING, dtype=np.int64)
        tags[entity == 0] = self.outside
        tags[inside] = self._tag_of[label[inside], position[inside]]
        return tags

    def to_entities(self, tags: Ints1d, lengths: Ints1d) -> Entities:
        """Entities of tags. Sequences that the scheme forbids are read by their runs: an entity goes on while its label
        does.

        An entity begins at B and U, after O, L and U, and where the label changes.
        """
        position, label = self.positions[tags], self.labels[tags]
        inside = position != O
        begins = inside.copy()
        goes_on = inside[1:] & inside[:-1] & (label[1:] == label[:-1])
        begins[1:] &= ~(goes_on & np.isin(position[1:], (I, L)) & np.isin(position[:-1], (B, I)))
        begins[starts_of(lengths)[lengths > 0]] |= inside[starts_of(lengths)[lengths > 0]]
        first = np.flatnonzero(begins)
        run = np.cumsum(begins)
        last = np.flatnonzero(inside & (np.append(run[1:] != run[:-1], True) | np.append(~inside[1:], True)))
        return Entities(first, last, label[first])


def check_scheme(scheme: str) -> None:
    if scheme not in POSITIONS:
        raise ValueError(Errors.B010.format(found=scheme, setting="scheme", allowed=", ".join(POSITIONS)))


def n_tags(n_labels: int, scheme: str) -> int:
    return 1 + len(POSITIONS[scheme]) * n_labels


def tag_names(tags: TagSet, labels: Sequence[str]) -> list[str]:
    """Such as "B-PER"; "O" for O."""
    places = zip(tags.positions.tolist(), tags.labels.tolist())
    return ["O" if position == O else f"{LETTERS[position]}-{labels[label]}" for position, label in places]


@cache
def named_tags(scheme: str, names: tuple[str, ...], labels: tuple[str, ...]) -> TagSet:
    """The tags with these names, of which any but "O" may be missing.

    names (Tuple[str, ...]): A letter of the scheme, "-" and a label; whatever else is O.
    """
    number = {label: i for i, label in enumerate(labels)}
    of_entities = [name[1:2] == "-" for name in names]
    positions = [LETTERS.index(name[0]) if inside else O for name, inside in zip(names, of_entities)]
    tag_labels = [number[name[2:]] if inside else -1 for name, inside in zip(names, of_entities)]
    return TagSet(scheme, positions, tag_labels, outside=names.index("O"))


def check_names(scheme: str, names: Any, labels: Sequence[str]) -> None:
    """RAISES (ValueError): Something else than what `named_tags` takes for these labels; tells why."""
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("its `tags` are no list of strings")
    if "O" not in names:
        raise ValueError('none of its `tags` is "O"')
    tags = [name for name in names if name[1:2] == "-"]
    letters = [LETTERS[position] for position in POSITIONS[scheme]]
    for tag in tags:
        if tag[0] not in letters or tag[2:] not in labels:
            raise ValueError(f"{tag!r} among its `tags` is not made of a letter of {scheme} and one of its labels")
        if tags.count(tag) > 1:
            raise ValueError(f"{tag!r} is there twice among its `tags`")
    without = sorted(set(labels) - {tag[2:] for tag in tags})
    if without:
        raise ValueError(f"its label {without[0]!r} has none among its `tags`")


@cache
def all_tags(n_labels: int, scheme: str) -> TagSet:
    """Every tag of a scheme: 0 is O, then come those of the first label, of the second, and so on."""
    positions = POSITIONS[scheme]
    labels = [label for label in range(n_labels) for _ in positions]
    return TagSet(scheme, [O, *positions * n_labels], [-1, *labels])
