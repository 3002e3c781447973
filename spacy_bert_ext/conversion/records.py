"""What a file of data says of one text, whatever format the file has.

Formats read and write Records; tasks make Docs of them. So each format serves every task.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

SOURCE = "source"  # in `doc.user_data`: what else the source says of the text


class Mark(NamedTuple):
    """A stretch of a text with a label.

    start, end: Characters of Python's `str`; the end is exclusive.
    score: From 0 to 1; None if the source tells none.
    """

    start: int
    end: int
    label: str
    score: float | None = None


class Words(NamedTuple):
    """Tokens that the source has cut.

    spaces: Whether a blank follows each.
    knows_spaces: Whether the source says so; else they are as the language usually has them, and training and scores
        keep these tokens, as spaCy does with unknown spaces.
    sentence_starts: Whether a sentence begins with each; None if the source does not say.
    """

    texts: tuple[str, ...]
    spaces: tuple[bool, ...]
    knows_spaces: bool = True
    sentence_starts: tuple[bool, ...] | None = None


@dataclass(frozen=True)
class Record:
    """place: File, and line or number in it, for messages.

    marks: None if nobody has looked for any; empty if there are none. They may overlap.
    cats: By category 1 or 0, or a score; None if nobody has said.
    words: Where the source has tokens of its own. Joined, they are the text.
    document: Name of the document that the text was taken from: parts of data should not share one.
    fields: What else the source says of the text, such as an id: JSON values by name.
    """

    place: str
    text: str
    marks: tuple[Mark, ...] | None = None
    cats: Mapping[str, float] | None = None
    words: Words | None = None
    document: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
