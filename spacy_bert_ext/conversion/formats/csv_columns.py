"""Which column of a table is which: by the options, by names in the header, or by what stands in them."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ...errors import Errors
from .options import ReadOptions

SCORES = "scores"  # of categories, as JSON; of our own tables
CATEGORY = "cats."  # before the name of a category whose column has 1 or 0
# Names that say what a column is, in small letters.
KNOWN = {
    "text": ("text", "sentence", "review", "content", "comment", "tweet", "body", "message", "utterance"),
    "label": ("label", "labels", "category", "categories", "class", "sentiment", "intent", "target"),
    "spans": ("spans", "entities"),
    "start": ("start", "start_offset", "start_char"),
    "end": ("end", "end_offset", "end_char"),
    "document": ("document", "doc_id", "document_id"),
}
_MOST_LABELS = 0.5  # of rows: a column with more different values has no labels


class Columns(NamedTuple):
    """Places of columns, from 0 on; None where there is none.

    is_guessed: Whether text and label are told from what stands in the columns.
    """

    names: list[str]
    has_header: bool
    is_guessed: bool
    text: int
    labels: list[int]
    start: int | None
    end: int | None
    spans: int | None
    scores: int | None
    document: int | None
    id: int | None

    @property
    def used(self) -> set[int]:
        """Those that are no fields."""
        one = {self.text, self.start, self.end, self.spans, self.scores, self.document, self.id, *self.labels}
        return {place for place in one if place is not None}

    @property
    def are_categories(self) -> bool:
        """Whether each column of labels is a category."""
        return len(self.labels) > 1 or any(self.names[i].startswith(CATEGORY) for i in self.labels)

    @property
    def several(self) -> bool:
        """Whether the column of labels may hold several."""
        return len(self.labels) == 1 and self.names[self.labels[0]].strip().lower() == "labels"


def columns_of(path: Path, rows: Sequence[Sequence[str]], options: ReadOptions) -> Columns:
    """rows: The first ones.

    RAISES (ValueError): It can't be told which column has the text, or one is missing.
    """
    first = [value.strip() for value in rows[0]]
    has_header = _has_header(first, options)
    names = first if has_header else [str(i) for i in range(1, len(first) + 1)]
    place = {role: _places(path, role, names, options, has_header=has_header) for role in KNOWN}
    is_guessed = not place["text"] and not options.columns and not has_header
    if is_guessed:
        place["text"], place["label"] = _guessed(rows)
    if not place["text"]:
        reason = "no column is known to have the text" if has_header else "there is no header with known names"
        raise ValueError(Errors.B505.format(place=f"{path}, line 1", reason=reason, found=", ".join(first)))
    return Columns(
        names=names,
        has_header=has_header,
        is_guessed=is_guessed,
        text=place["text"][0],
        labels=place["label"] or [i for i, name in enumerate(names) if has_header and name.startswith(CATEGORY)],
        start=_first(place["start"]),
        end=_first(place["end"]),
        spans=_first(place["spans"]),
        scores=names.index(SCORES) if has_header and SCORES in names else None,
        document=_first(place["document"]),
        id=_first(_places(path, "id", names, options, has_header=has_header)),
    )


def _has_header(first: Sequence[str], options: ReadOptions) -> bool:
    if options.header is not None:
        return options.header
    wanted = {column for columns in options.columns.values() for column in columns}
    if wanted and not all(column.isdecimal() for column in wanted):
        return True
    known = {name for names in KNOWN.values() for name in names}
    lower = {value.lower() for value in first}
    return bool(lower & known) and len(lower) == len(first) and not any(value.isdecimal() for value in first)


def _places(path: Path, role: str, names: Sequence[str], options: ReadOptions, *, has_header: bool) -> list[int]:
    """Of columns with a role: those of the options, or the first whose name is known."""
    if role in options.columns:
        return [_place(path, column, names) for column in options.columns[role]]
    if not has_header or role not in KNOWN:
        return []
    lower = [name.lower() for name in names]
    return [lower.index(name) for name in KNOWN[role] if name in lower][:1]


def _place(path: Path, column: str, names: Sequence[str]) -> int:
    if column in names:
        return names.index(column)
    if column.isdecimal() and 0 < int(column) <= len(names):
        return int(column) - 1
    reason = f"there is no column {column!r}"
    raise ValueError(Errors.B505.format(place=f"{path}, line 1", reason=reason, found=", ".join(names)))


def _guessed(rows: Sequence[Sequence[str]]) -> tuple[list[int], list[int]]:
    """Columns of the text and of labels, of a table without a header.

    The label of the first row comes again, and there are few different ones. The text is the longest of the others.
    """
    columns = [column for column in zip(*rows, strict=False)]
    lengths = [sum(map(len, column)) for column in columns]
    few = [column[0] in column[1:] and len(set(column)) <= max(1, _MOST_LABELS * len(column)) for column in columns]
    if len(columns) == 1:
        return [0], []
    text = max(range(len(columns)), key=lambda i: lengths[i])
    labels = [i for i, is_few in enumerate(few) if is_few and i != text]
    return ([text], labels) if len(labels) == 1 else ([], [])


def _first(places: Sequence[int]) -> int | None:
    return places[0] if places else None
