"""Tags of words ↔ entities, in the schemes that CoNLL files are written in. The scheme is told from all tags."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ...errors import Errors
from ...tagging.tag_names import read_scheme
from ..findings import Findings
from .conll_lines import MISSING, TAG

OUTSIDE = "O"
# Of an entity of one word, of the first, a middle and the last word.
LETTERS = {"IO": "IIII", "IOB1": "IIII", "IOB2": "BBII", "BILUO": "UBIL", "BIOES": "SBIE", "BMES": "SBME"}
_ALIKE = {"M": "I", "E": "L", "S": "U", "W": "U"}
_MIXED = (("I", "M"), ("L", "E"), ("U", "S"), ("U", "W"), ("S", "W"))


class Entity(NamedTuple):
    """first, last: Words, both within."""

    first: int
    last: int
    label: str


class Tag(NamedTuple):
    """letter: One of BILU; "" outside of entities."""

    letter: str
    label: str


class Survey:
    """What is seen of one column of tags.

    inside_first: How often I or L begins an entity, and where first; not_last: how often B or I ends one.
    """

    def __init__(self) -> None:
        self.tags: dict[str, str] = {}  # with the place at which it is first
        self.inside_first, self.begun, self.begun_after_same, self.not_last = (Deviation() for _ in range(4))

    def add(self, place: str, tags: Sequence[str]) -> None:
        """Tags of a sentence."""
        before, name_before = Tag("", ""), OUTSIDE
        for name in tags:
            self.tags.setdefault(name, place)
            tag = parsed(name)
            follows = bool(before.letter) and tag.label == before.label
            if tag.letter in ("I", "L") and not (follows and before.letter in "BI"):
                self.inside_first.add(place, name)
            if tag.letter == "B":
                (self.begun_after_same if follows else self.begun).add(place, name)
            if before.letter in ("B", "I") and not (follows and tag.letter in ("I", "L")):
                self.not_last.add(place, name_before)
            before, name_before = tag, name
        if before.letter in ("B", "I"):
            self.not_last.add(place, name_before)

    def scheme(self, given: str | None, findings: Findings) -> str:
        """ "BILUO", "BIO", "IOB1", "IO", or "plain" where tags are labels without letters.

        Tags that contradict it are told in the findings.
        RAISES (ValueError): Tags of two schemes, or with letters that the given one does not have.
        """
        entities = [tag for tag in self.tags if tag != OUTSIDE and tag not in MISSING]
        letters = {match["letter"] for tag in entities if (match := TAG.fullmatch(tag))}
        wanted = None if given is None else _read_scheme(given)
        if not letters & {"B", "I"} and wanted in (None, "IO"):
            return "plain"
        without = next((tag for tag in entities if TAG.fullmatch(tag) is None), None)
        if without is not None:
            reason = f"{without!r} has no letter, and others have one"
            raise ValueError(Errors.B508.format(place=self.tags[without], reason=reason))
        for pair in _MIXED:
            if set(pair) <= letters:
                tag = next(tag for tag in entities if tag[0] == pair[1])
                reason = f"{tag!r} is of another scheme than those with {pair[0]!r}"
                raise ValueError(Errors.B508.format(place=self.tags[tag], reason=reason))
        found = wanted or self._told(letters)
        allowed = {"BILUO": "BILUMESW", "BIO": "BI", "IOB1": "BI", "IO": "I"}[found]
        foreign = next((tag for tag in entities if tag[0] not in allowed), None)
        if foreign is not None:
            raise ValueError(Errors.B508.format(place=self.tags[foreign], reason=f"{foreign!r} is no tag of {given}"))
        self._tell(found, findings)
        return found

    def _told(self, letters: set[str]) -> str:
        if letters & set("LEUSW"):
            return "BILUO"
        if "B" not in letters:
            return "IO"
        return "IOB1" if self.inside_first.number and not self.begun.number else "BIO"

    def _tell(self, scheme: str, findings: Findings) -> None:
        where = {
            "BIO": [(self.inside_first, "begin an entity; IOB2 has B there")],
            "IOB1": [(self.begun, "follow no entity of their label; IOB1 has I there")],
            "BILUO": [
                (self.inside_first, "begin an entity, but are for its middle or end"),
                (self.not_last, "end an entity, but are for its beginning or middle"),
            ],
        }
        for deviation, what in where.get(scheme, ()):
            if deviation.number:
                first = f"first {deviation.tag!r} at {deviation.place}"
                findings.tell(f"{deviation.number:,} tags {what}: {first}. They are read as they stand.")


class Deviation:
    """How often something was seen, and where first."""

    def __init__(self) -> None:
        self.number, self.place, self.tag = 0, "", ""

    def add(self, place: str, tag: str) -> None:
        if not self.number:
            self.place, self.tag = place, tag
        self.number += 1


def parsed(name: str, *, plain: bool = False) -> Tag:
    if name == OUTSIDE or name in MISSING or not name:
        return Tag("", "")
    match = None if plain else TAG.fullmatch(name)
    return Tag("I", name) if match is None else Tag(_ALIKE.get(match["letter"], match["letter"]), match["label"])


def entities_of(tags: Iterable[str], scheme: str) -> Iterator[Entity]:
    """An entity begins at B and U, after a last one, and where the label changes; it goes on while its label does."""
    first, before = 0, Tag("", "")
    i = -1
    for i, name in enumerate(tags):
        tag = parsed(name, plain=scheme == "plain")
        goes_on = tag.letter in ("I", "L") and before.letter in ("B", "I") and tag.label == before.label
        if before.letter and not goes_on:
            yield Entity(first, i - 1, before.label)
        if not goes_on:
            first = i
        before = tag
    if before.letter:
        yield Entity(first, i, before.label)


def tags_of(entities: Iterable[Entity], n_words: int, scheme: str) -> list[str]:
    """Entities do not overlap. scheme: One that can be written."""
    tags = [OUTSIDE] * n_words
    unit, begin, middle, last = tuple(LETTERS[scheme])
    ends: dict[int, str] = {}  # labels of entities by their last word
    for entity in sorted(entities):
        letters = [middle] * (entity.last - entity.first + 1)
        letters[0], letters[-1] = begin, last
        if len(letters) == 1:
            letters = [unit]
        if scheme == "IOB1" and ends.get(entity.first - 1) == entity.label:
            letters[0] = "B"
        ends[entity.last] = entity.label
        tags[entity.first : entity.last + 1] = [f"{letter}-{entity.label}" for letter in letters]
    return tags


def _read_scheme(name: str) -> str:
    return read_scheme({"IOBES": "BIOES"}.get(name.upper(), name))
