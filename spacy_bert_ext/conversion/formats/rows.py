"""Rows of typed columns → Records: a text with labels or spans, or tokens with tags."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ...errors import Errors
from ..findings import Findings
from ..records import Mark, Record, Words
from ..sources import shown
from .conll_tags import entities_of
from .conll_words import aligned, joined, marked, text_of
from .csv_columns import KNOWN
from .fields import checked_text, named
from .options import ReadOptions
from .spans import MarkReader, found_span, label_name

TOKENS, TAGS = frozenset(("tokens", "words")), frozenset(("ner_tags", "tags", "ner", "ner_labels"))


class Row(NamedTuple):
    place: str
    values: Mapping[str, Any]


class RowReader:
    """Records of rows with the same columns.

    names: By column the names of its values, where these are numbers of classes.
    tags: The column of tags.
    RAISES (ValueError): There is neither a text nor tokens, or a column is missing.
    """

    def __init__(
        self, place: str, columns: Sequence[str], options: ReadOptions, *, names: Mapping[str, Sequence[str] | None]
    ) -> None:
        self._columns, self._options, self._names = columns, options, names
        for column in (column for wanted in options.columns.values() for column in wanted):
            if column not in columns:
                reason = f"there is no column {column!r}"
                raise ValueError(Errors.B505.format(place=place, reason=reason, found=", ".join(columns)))
        self._tokens = next((column for column in columns if column in TOKENS), None)
        self.tags = options.column("tag", next((column for column in columns if column in TAGS), None))
        self._text, self._document, self._spans = (self._known(role) for role in ("text", "document", "spans"))
        label = self._known("label")
        self._labels = options.columns.get("label", () if label is None else (label,))
        if self._tokens is None or self.tags is None:
            self.tags = None
        if self._text is None and self._tokens is None:
            reason = "no column is known to have the text"
            raise ValueError(Errors.B505.format(place=place, reason=reason, found=", ".join(columns)))

    def tag_names(self, tags: Any) -> list[str]:
        return [self._name(str(self.tags), tag) or "_" for tag in tags or ()]

    def record(self, row: Row, scheme: str, findings: Findings) -> Record:
        """scheme: Of the tags."""
        place, values = row
        words, places, text = self._words(row, findings)
        marks = None
        if self.tags is not None and words is not None:
            tags = self.tag_names(values[self.tags])
            if len(tags) != len(places):
                found = f"{len(tags)} tags"
                raise ValueError(Errors.B477.format(place=place, found=found, allowed=f"{len(places)}, one a token"))
            marks = None if tags and set(tags) == {"_"} else marked(words, places, entities_of(tags, scheme))
        elif self._spans is not None and values[self._spans] is not None:
            marks = self._marks(row, text, findings)
        document = None if self._document is None else values[self._document]
        used = {self._tokens, self.tags, self._text, self._document, self._spans, *self._labels}
        return Record(
            place,
            text,
            marks=marks,
            cats=self._cats(row),
            words=words,
            document=None if document in (None, "") else str(document),
            fields={name: value for name, value in values.items() if name not in used and _is_json(value)},
        )

    def _known(self, role: str) -> str | None:
        default = next((column for name in KNOWN[role] for column in self._columns if column.lower() == name), None)
        return self._options.column(role, default)

    def _words(self, row: Row, findings: Findings) -> tuple[Words | None, list[int], str]:
        """All tokens, which of them are those of the row, and the text."""
        text = None if self._text is None else row.values[self._text]
        if text is not None and not isinstance(text, str):
            raise ValueError(Errors.B477.format(place=row.place, found=shown(text), allowed="a text"))
        if self._tokens is None:
            return None, [], checked_text(row.place, text or "")
        tokens = [str(token) for token in row.values[self._tokens] or ()]
        found = None if text is None else aligned(tokens, text)
        if found is not None:
            return found[0], found[1], text_of(found[0])
        if text is not None:
            findings.count("texts that are not made of their words")
        # A row may have more than one sentence.
        words = joined(tokens, self._options.lang)._replace(sentence_starts=None)
        return words, list(range(len(tokens))), checked_text(row.place, text_of(words))

    def _marks(self, row: Row, text: str, findings: Findings) -> tuple[Mark, ...]:
        found = row.values[str(self._spans)]
        if isinstance(found, Mapping):  # of lists, as the library writes lists of objects
            found = [dict(zip(found, values, strict=True)) for values in zip(*found.values(), strict=True)]
        spans = [found_span(item) for item in found] if isinstance(found, list) else [None]
        if None in spans:
            allowed = "a list of objects with start, end and label"
            raise ValueError(Errors.B477.format(place=row.place, found=shown(found), allowed=allowed))
        return MarkReader(row.place, text, self._options, findings).read([span for span in spans if span is not None])

    def _cats(self, row: Row) -> dict[str, float] | None:
        if len(self._labels) > 1:
            return {label: float(bool(row.values[label])) for label in self._labels}
        if not self._labels:
            return None
        column = self._labels[0]
        found = row.values[column]
        names = self._names.get(column) or ()
        if isinstance(found, list):
            held = [name for item in found if (name := self._name(column, item)) is not None]
            return {**dict.fromkeys(names, 0.0), **dict.fromkeys(held, 1.0)}
        label = self._name(column, found)
        return None if label is None else {**dict.fromkeys(names, 0.0), label: 1.0}

    def _name(self, column: str, value: Any) -> str | None:
        """Of a class by its number; None of -1, which says that there is none."""
        names = self._names.get(column)
        if names and isinstance(value, int) and not isinstance(value, bool):
            return names[value] if 0 <= value < len(names) else None
        label = label_name(value)
        return None if label is None or label == "-1" else named(label, self._options)


def names_in(feature: Any) -> list[str] | None:
    """Of the classes of a column, or of a column of lists."""
    names = getattr(feature, "names", None) or getattr(getattr(feature, "feature", None), "names", None)
    return None if names is None else list(names)


def _is_json(value: Any) -> bool:
    return isinstance(value, str | int | float | list | dict | None)
