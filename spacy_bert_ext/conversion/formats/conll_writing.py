"""CoNLL files from Records: two columns with a tab between, and the text itself as a comment."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ...errors import Errors
from ..findings import Findings
from ..records import Mark, Record, Words
from .conll_lines import MISSING
from .conll_tags import LETTERS, Entity, tags_of
from .conll_words import cut
from .options import WriteOptions
from .spans import LEFT_OUT

_SEPARATORS = "\t\n\r"
_SAME = {"BIO": "IOB2", "BIO2": "IOB2", "IOBES": "BIOES", "BILOU": "BILUO"}


def write(records: Iterable[Record], path: Path, options: WriteOptions, findings: Findings) -> None:
    """`# text = ` has the text as it is, or `# text_json = ` where it has more than one line; so it comes back whole.

    Words are those of the Record; where it has none, it is cut into words and signs. Scores have no place.
    RAISES (ValueError): There is no such scheme.
    """
    scheme = options.scheme.upper()
    scheme = _SAME.get(scheme, scheme)
    if scheme not in LETTERS:
        allowed = ", ".join(LETTERS)
        raise ValueError(Errors.B010.format(found=options.scheme, setting="--scheme", allowed=allowed))
    with path.open("w", encoding="utf8", newline="\n") as file:
        for record in records:
            lines = [*_comments(record), *_rows(record, scheme, findings)]
            file.write("".join(f"{line}\n" for line in [*lines, ""]))


def _comments(record: Record) -> list[str]:
    comments = [] if _is_plain(record.words) else [_comment("text", record.text)]
    if record.document is not None:
        comments.append(_comment("document", record.document))
    values: tuple[tuple[str, Any], ...] = (("cats", record.cats), ("fields", record.fields or None))
    return comments + [f"# {name} = {_dumped(value)}" for name, value in values if value is not None]


def _is_plain(words: Words | None) -> bool:
    """Whether a sentence's words have unknown blanks between them: so they come back, without the text."""
    if words is None or words.knows_spaces or words.sentence_starts is None or sum(words.sentence_starts) != 1:
        return False
    return all(words.spaces[:-1]) and not words.spaces[-1] and all(word.strip() for word in words.texts)


def _comment(name: str, value: str) -> str:
    is_plain = value == value.strip(" \t") and not any(sign in value for sign in _SEPARATORS)
    return f"# {name} = {value}" if is_plain else f"# {name}_json = {_dumped(value)}"


def _rows(record: Record, scheme: str, findings: Findings) -> list[str]:
    words, places = _words(record, findings)
    if record.marks is None:
        return [f"{word}\t{MISSING[0]}" for word in words]
    tags = tags_of(_entities(record, words, places, findings=findings), len(words), scheme)
    return [f"{word}\t{tag}" for word, tag in zip(words, tags, strict=True)]


def _words(record: Record, findings: Findings) -> tuple[list[str], list[int]]:
    """Without those of white space, and the characters at which they start."""
    words = record.words
    if words is not None and any(sign in word.strip() for word in words.texts for sign in _SEPARATORS):
        findings.count("texts with white space within words, cut anew")
        words = None
    if words is None:
        words = cut(record.text, record.marks or ())
    return _with_starts(words)


def _with_starts(words: Words) -> tuple[list[str], list[int]]:
    texts, starts, at = [], [], 0
    for word, space in zip(words.texts, words.spaces, strict=True):
        if word.strip():
            texts.append(word)
            starts.append(at)
        at += len(word) + space
    return texts, starts


def _entities(record: Record, words: Sequence[str], starts: Sequence[int], *, findings: Findings) -> list[Entity]:
    """Of marks; one that can't be written is left out, of two that overlap the shorter one."""
    first_at = {start: i for i, start in enumerate(starts)}
    last_at = {start + len(word): i for i, (start, word) in enumerate(zip(starts, words, strict=True))}
    taken: set[int] = set()
    entities = []
    for mark in sorted(record.marks or (), key=lambda mark: (mark.start - mark.end, mark.start)):
        reason = ""
        if any(sign in mark.label for sign in _SEPARATORS):
            reason = "its label has a tab or more than one line"
        elif mark.start not in first_at or mark.end not in last_at:
            reason = "it does not begin and end with words"
        else:
            places = range(first_at[mark.start], last_at[mark.end] + 1)
            if not taken.isdisjoint(places):
                reason = "another entity is there, and CoNLL has one tag for each word"
        if reason:
            findings.count(LEFT_OUT)
            findings.leave_out(record.place, f"{_shown(record, mark)}: {reason}")
            continue
        taken.update(places)
        entities.append(Entity(places[0], places[-1], mark.label))
    if any(mark.score is not None for mark in record.marks or ()):
        findings.tell("CoNLL has no place for scores: they are not written.")
    return entities


def _shown(record: Record, mark: Mark) -> str:
    return f"{mark.label} from {mark.start} to {mark.end}"


def _dumped(value: Any) -> str:
    return json.dumps(value if isinstance(value, str | int) else dict(value), ensure_ascii=False)
