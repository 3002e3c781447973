"""Spans as files have them → marks: offsets in their units, and texts that should stand there."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ...errors import Errors
from ..findings import Findings
from ..records import Mark
from ..sources import shown
from .options import UNITS, ReadOptions

LEFT_OUT = "spans left out"


class FoundSpan(NamedTuple):
    """Of no more than `label` and `score` the type is known. text: What should stand there; None if nobody says."""

    start: Any
    end: Any
    label: Any
    score: Any = None
    text: Any = None


class Offsets:
    """Offsets of a unit in a text → characters of Python's `str`.

    RAISES (ValueError): There is no such unit.
    """

    def __init__(self, text: str, unit: str) -> None:
        if unit not in UNITS:
            raise ValueError(Errors.B010.format(found=unit, setting="--offsets", allowed=", ".join(UNITS)))
        self._length = len(text)
        self._places: dict[int, int] | None = None
        if (unit == "utf16" and max(text, default="") > "\uffff") or (unit == "bytes" and not text.isascii()):
            self._places, at = {}, 0
            for i, letter in enumerate(text):
                self._places[at] = i
                at += (2 if letter > "\uffff" else 1) if unit == "utf16" else len(letter.encode(errors="surrogatepass"))
            self._places[at] = self._length

    def at(self, offset: int) -> int | None:
        """None if it lies outside of the text, or within a character."""
        if self._places is not None:
            return self._places.get(offset)
        return offset if 0 <= offset <= self._length else None


class MarkReader:
    """Marks of one text. A span that can't be one is left out, with its reason."""

    def __init__(self, place: str, text: str, options: ReadOptions, findings: Findings) -> None:
        self._place, self._text, self._unit, self._findings = place, text, options.offsets, findings
        self._offsets = Offsets(text, options.offsets)

    def read(self, spans: Sequence[FoundSpan], place: str | None = None) -> tuple[Mark, ...]:
        """In their order; each label and place once. place: Where these stand in the file."""
        marks = {}
        for span in spans:
            found = self._mark(span)
            if isinstance(found, str):
                self._findings.count(LEFT_OUT)
                self._findings.leave_out(place or self._place, found)
            elif found[:3] not in marks:
                marks[found[:3]] = found
        return tuple(marks.values())

    def _mark(self, span: FoundSpan) -> Mark | str:
        """The mark, or why there is none."""
        label = label_name(span.label)
        if label is None:
            return f"the span {shown(span.text or [span.start, span.end])} has the label {shown(span.label)}"
        name = f"{label} from {shown(span.start)} to {shown(span.end)}"
        limits = [whole_number(span.start), whole_number(span.end)]
        if limits[0] is None or limits[1] is None:
            return f"{name}: start and end are no whole numbers"
        start, end = (self._offsets.at(limit) for limit in (limits[0], limits[1]))
        if start is None or end is None or start > end:
            length = f"{len(self._text)} characters"
            return f"{name} does not lie in the text of {length}{self._hint(limits[0], limits[1], span.text)}"
        if start == end:
            return f"{name} is empty"
        if isinstance(span.text, str) and not is_same_text(self._text[start:end], span.text):
            found = f"the text has {shown(self._text[start:end])} there, and the span says {shown(span.text)}"
            return f"{name}: {found}{self._hint(limits[0], limits[1], span.text)}"
        return Mark(start, end, label, score_of(span.score))

    def _hint(self, start: int, end: int, text: Any) -> str:
        """Which unit would fit, if one does."""
        for unit in UNITS:
            if unit == self._unit:
                continue
            offsets = Offsets(self._text, unit)
            first, last = offsets.at(start), offsets.at(end)
            if first is None or last is None or first >= last:
                continue
            if not isinstance(text, str) or is_same_text(self._text[first:last], text):
                return f"; `--offsets {unit}` would fit"
        return ""


def is_same_text(one: str, other: str) -> bool:
    r"""But for white space, and for ends of lines that are written as "\n"."""
    return one == other or _plain(one) == _plain(other)


def label_name(value: Any) -> str | None:
    """None of what is no name."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value).strip() or None


def whole_number(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    return value if isinstance(value, int) else None


def score_of(value: Any) -> float | None:
    """From 0 to 1; None of anything else."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value <= 1 else None


def found_span(value: Any) -> FoundSpan | None:
    """Of a list of start, end and label, or of an object with these; None of anything else."""
    if isinstance(value, Mapping):
        start, end = value.get("start", value.get("start_offset")), value.get("end", value.get("end_offset"))
        return FoundSpan(start, end, value.get("label"), score=value.get("score"), text=value.get("text"))
    if isinstance(value, list | tuple) and len(value) in (3, 4):
        return FoundSpan(*value[:3])
    return None


def _plain(text: str) -> str:
    return " ".join(text.replace("\\n", " ").split())
