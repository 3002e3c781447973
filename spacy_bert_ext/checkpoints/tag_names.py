"""`id2label` of a ready checkpoint → scheme, labels and tags."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from ..errors import Errors
from ..heads.tags import LETTERS, POSITIONS, check_scheme

_SAME_SCHEMES = {"BIOES": "BILUO", "IOB2": "BIO"}
# BIOES and BMES are BILUO by other letters.
_LETTERS = {"B": "B", "I": "I", "M": "I", "L": "L", "E": "L", "U": "U", "S": "U"}
_TAG = re.compile(r"([BIMLEUS])[-_](.+)", re.IGNORECASE | re.DOTALL)
# What some checkpoints have besides: special pieces, padding, the later pieces of a word.
_NEVER_ENTITY = re.compile(r"\[.*\]|<.*>|X|PAD", re.IGNORECASE | re.DOTALL)


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

    Tags may be BIO, BIOES, BMES or BILUO, with "-" or "_" after the letter, or plain types beside "O". What has the
    letters of tags is a plain type (E-MAIL) where none is B or I, or where others are plain types and `scheme` is IO.

    scheme (str): One of the four, if it should not be told from the letters. IOB1 is told only where some label has no
        tag to begin with.
    RAISES (ValueError): No tag "O", tags of several schemes, or a scheme that the letters don't fit.
    """
    if "O" not in names:
        raise ValueError(Errors.B041.format(reason='none of them is "O"', names=_shown(names)))
    matches = [_TAG.fullmatch(name) for name in names]
    are_plain = _are_plain(names, matches, scheme)
    parsed = []
    for name, match in zip(names, matches):
        if _is_outside(name):
            parsed.append(name)
        elif are_plain:
            parsed.append(f"I-{name}")
        elif match is not None:
            parsed.append(f"{_LETTERS[match[1].upper()]}-{match[2]}")
        else:
            reason = f"{name!r} has no letter for its place in an entity, and others have one"
            raise ValueError(Errors.B041.format(reason=reason, names=_shown(names)))
    letters = set() if are_plain else _letters(matches)
    for one, other in (("I", "M"), ("L", "E"), ("U", "S")):
        if {one, other} <= letters:
            reason = f"they mix the schemes of {one!r} and {other!r}"
            raise ValueError(Errors.B041.format(reason=reason, names=_shown(names)))
    return _checked(parsed, scheme or _scheme_of(parsed), names)


def _are_plain(names: Sequence[str], matches: Sequence[re.Match | None], scheme: str | None) -> bool:
    """Whether the names are those of entity types, even those that begin like tags."""
    if not {"B", "I"} & _letters(matches):
        return True  # no scheme has but ends and units
    has_others = any(match is None and not _is_outside(name) for name, match in zip(names, matches))
    labels = [match[2] for match in matches if match is not None]
    return scheme == "IO" and has_others and len(set(labels)) == len(labels)


def _letters(matches: Sequence[re.Match | None]) -> set[str]:
    return {match[1].upper() for match in matches if match is not None}


def _is_outside(name: str) -> bool:
    return name == "O" or _NEVER_ENTITY.fullmatch(name) is not None


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
    repeated = next((name for name in entities if entities.count(name) > 1), None)
    if repeated is not None:
        raise ValueError(Errors.B041.format(reason=f"{repeated!r} is there twice", names=_shown(given)))
    return TagNames(scheme, list(dict.fromkeys(name[2:] for name in entities)), names)


def _of_entities(names: Sequence[str]) -> list[str]:
    return [name for name in names if name[1:2] == "-"]


def _shown(names: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in names[:8])
    return shown if len(names) <= 8 else f"{shown}, ..."
