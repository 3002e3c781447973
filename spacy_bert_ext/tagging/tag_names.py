"""`id2label` of a fine-tuned checkpoint → scheme, labels and tags."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from ..errors import Errors
from .tags import LETTERS, POSITIONS, check_scheme

_SAME_SCHEMES = {"IOB2": "BIO", "BIO2": "BIO"} | dict.fromkeys(
    ("BIOES", "IOBES", "BILOU", "BIOLU", "BIOUL", "BMES", "BMESO", "BMEWO"), "BILUO"
)
# BIOES, BMES and BMEWO are BILUO by other letters.
_LETTERS = {"B": "B", "I": "I", "M": "I", "L": "L", "E": "L", "U": "U", "S": "U", "W": "U"}
_TAG = re.compile(r"(?P<letter>[BIMLEUSW])[-_:/.| ](?P<label>.+)", re.IGNORECASE | re.DOTALL)
_TAG_BEHIND = re.compile(r"(?P<label>.+)[-_:/.| ](?P<letter>[BIMLEUSW])", re.IGNORECASE | re.DOTALL)
# What looks like tags, of a scheme that is not known: letters without anything between, and words.
_JOINED_TAG = re.compile(r"([BI])(.+)", re.DOTALL)
_WORD_TAG = re.compile(r"(BEGIN(?:NING)?|START|INSIDE|INNER|MIDDLE)[-_:/.| ]?(.+)", re.IGNORECASE | re.DOTALL)
_WORD_TAG_BEHIND = re.compile(r"(.+?)[-_:/.| ]?(BEGIN(?:NING)?|START|INSIDE|INNER|MIDDLE)", re.IGNORECASE | re.DOTALL)
_INSIDE_WORDS = ("I", "INSIDE", "INNER", "MIDDLE")
# What some checkpoints have besides: special pieces, padding, the later pieces of a word.
_NEVER_ENTITY = re.compile(r"\[.*\]|<.*>|X|PAD|PADDING|NULL|NIL|NONE", re.IGNORECASE | re.DOTALL)


class TagNames(NamedTuple):
    """scheme: "BILUO", "BIO", "IOB1" or "IO".

    labels: Entity types in the order in which they first appear.
    names: For each output a letter of the scheme, "-" and a label; or "O"; or what else never is an entity.
    """

    scheme: str
    labels: list[str]
    names: list[str]


def read_scheme(name: str) -> str:
    """A scheme by any of its names, in letters of any case.

    RAISES (ValueError): There is none of this name.
    """
    scheme = _SAME_SCHEMES.get(name.upper(), name.upper())
    check_scheme(scheme)
    return scheme


def parse_tags(names: Sequence[str], *, scheme: str | None = None) -> TagNames:
    """Read the names of a head's outputs.

    Tags may be BIO, BIOES, BMES, BMEWO or BILUO, with the letter before the label (B-PER, B_PER, B:PER) or behind all
    labels (PER-B), or plain types beside "O". What has the letters of tags is a plain type (E-MAIL) where none is B or
    I, or where others are plain types and `scheme` is IO.

    scheme (str): One of the four, if it should not be told from the letters. IOB1 is told only where some label has no
        tag to begin with.
    RAISES (ValueError): No tag "O", tags of several schemes, a scheme that the letters don't fit, or what looks like
        tags of a scheme that is not known.
    """
    outside = "O" if "O" in names else "o"
    if outside not in names:
        raise ValueError(Errors.B041.format(reason='none of them is "O"', names=_shown(names)))
    matches = _matches(names, scheme, outside)
    are_plain = _are_plain(names, matches, scheme, outside)
    if are_plain and scheme != "IO":
        _check_plain(names, matches, outside)
    parsed = []
    for name, match in zip(names, matches):
        if _is_outside(name, outside):
            parsed.append("O" if name == outside else name)
        elif are_plain:
            parsed.append(f"I-{name}")
        elif match is not None:
            parsed.append(f"{_LETTERS[match['letter'].upper()]}-{match['label']}")
        else:
            reason = f"{name!r} has no letter for its place in an entity, and others have one"
            raise ValueError(Errors.B041.format(reason=reason, names=_shown(names)))
    letters = set() if are_plain else _letters(matches)
    for one, other in (("I", "M"), ("L", "E"), ("U", "S"), ("U", "W"), ("S", "W")):
        if {one, other} <= letters:
            reason = f"they mix the schemes of {one!r} and {other!r}"
            raise ValueError(Errors.B041.format(reason=reason, names=_shown(names)))
    return _checked(parsed, scheme or _scheme_of(parsed), names)


def _matches(names: Sequence[str], scheme: str | None, outside: str) -> list[re.Match[str] | None]:
    """The letter and the label of each name. Letters stand behind labels if they do in all names, and tell more so."""
    entities = [not _is_outside(name, outside) for name in names]
    before, behind = (
        [pattern.fullmatch(name) if inside else None for name, inside in zip(names, entities)]
        for pattern in (_TAG, _TAG_BEHIND)
    )
    can_be_behind = scheme != "IO" and sum(match is not None for match in behind) == sum(entities)
    return behind if can_be_behind and _has_scheme(behind) and not _has_scheme(before) else before


def _has_scheme(matches: Sequence[re.Match[str] | None]) -> bool:
    """Whether some label has B or I, and another letter besides."""
    found = {(match["letter"].upper(), match["label"]) for match in matches if match is not None}
    labels = [label for _, label in found]
    return any(letter in "BI" and labels.count(label) > 1 for letter, label in found)


def _are_plain(names: Sequence[str], matches: Sequence[re.Match[str] | None], scheme: str | None, outside: str) -> bool:
    """Whether the names are those of entity types, even those that begin like tags."""
    if not {"B", "I"} & _letters(matches):
        return True  # no scheme has but ends and units
    has_others = any(match is None and not _is_outside(name, outside) for name, match in zip(names, matches))
    labels = [match["label"] for match in matches if match is not None]
    return scheme == "IO" and has_others and len(set(labels)) == len(labels)


def _check_plain(names: Sequence[str], matches: Sequence[re.Match[str] | None], outside: str) -> None:
    """RAISES (ValueError): Taken for plain types, but likely tags."""
    entities = [name for name in names if not _is_outside(name, outside)]
    labels = [match["label"] for match in matches if match is not None]
    if len(set(labels)) < len(labels):
        reason = "they have letters for places in an entity, but none is B or I"
        raise ValueError(Errors.B041.format(reason=reason, names=_shown(names)))
    behind = [_TAG_BEHIND.fullmatch(name) for name in entities]
    if (entities and all(behind)) or _has_scheme(behind):
        reason = "they may be types, or tags with the letter behind"
        raise ValueError(Errors.B041.format(reason=reason, names=_shown(names)))
    for pattern, place in ((_JOINED_TAG, 1), (_WORD_TAG, 1), (_WORD_TAG_BEHIND, 2)):
        found = [match for match in map(pattern.fullmatch, entities) if match is not None]
        first, later = (
            {match[3 - place] for match in found if (match[place].upper() in _INSIDE_WORDS) == is_inside}
            for is_inside in (False, True)
        )
        if first & later and (len(found) == len(entities) or pattern is not _JOINED_TAG):
            reason = f"{found[0][0]!r} looks like a tag of a scheme that is not known"
            raise ValueError(Errors.B041.format(reason=reason, names=_shown(names)))


def _letters(matches: Sequence[re.Match[str] | None]) -> set[str]:
    return {match["letter"].upper() for match in matches if match is not None}


def _is_outside(name: str, outside: str) -> bool:
    return name == outside or _NEVER_ENTITY.fullmatch(name) is not None


def _scheme_of(names: Sequence[str]) -> str:
    letters = {name[0] for name in _of_entities(names)}
    if letters & {"L", "U"}:
        return "BILUO"
    if "B" not in letters:
        return "IO"
    begun = {name[2:] for name in _of_entities(names) if name[0] == "B"}
    return "BIO" if all(name[2:] in begun for name in _of_entities(names)) else "IOB1"


def _checked(names: list[str], scheme: str, given: Sequence[str]) -> TagNames:
    allowed = {LETTERS[position] for position in POSITIONS[scheme]}
    entities = _of_entities(names)
    wrong = sorted({name[0] for name in entities} - allowed)
    if wrong:
        reason = f"{scheme} has no letter {', '.join(wrong)}"
        raise ValueError(Errors.B041.format(reason=reason, names=_shown(given)))
    if scheme == "BILUO" and not {name[0] for name in entities} & {"B", "U"}:
        reason = "no tag begins an entity (IOE)"
        raise ValueError(Errors.B041.format(reason=reason, names=_shown(given)))
    repeated = next((name for name in entities if entities.count(name) > 1), None)
    if repeated is not None:
        raise ValueError(Errors.B041.format(reason=f"{repeated!r} is there twice", names=_shown(given)))
    return TagNames(scheme, list(dict.fromkeys(name[2:] for name in entities)), names)


def _of_entities(names: Sequence[str]) -> list[str]:
    return [name for name in names if name[1:2] == "-"]


def _shown(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:8])
    return shown if len(names) <= 8 else f"{shown}, ..."
