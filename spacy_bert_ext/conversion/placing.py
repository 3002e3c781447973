"""Marked characters of a text, placed on the tokens of its Doc."""

from collections.abc import Iterator
from typing import NamedTuple

from spacy.tokens import Doc, Span

from .findings import Findings
from .formats.spans import Offsets
from .records import Mark, Record
from .sources import shown


class Placed(NamedTuple):
    """span: None where the mark can't be kept; then the findings say why."""

    mark: Mark
    span: Span | None


def placed_marks(doc: Doc, record: Record, findings: Findings, *, snap: bool) -> Iterator[Placed]:
    """Each mark of the record once, in its order. White space at its ends is no part of it.

    snap: Widen it to the tokens that it touches.
    """
    seen: set[tuple[int, int, str]] = set()
    for mark in record.marks or ():
        if mark[:3] in seen:
            findings.count("spans given twice")
            continue
        seen.add(mark[:3])
        span = span_of(doc, mark, snap=snap)
        if isinstance(span, Span):
            findings.count("spans")
            yield Placed(mark, span)
        else:
            leave_out_mark(record, mark, findings, reason=span)
            yield Placed(mark, None)


def leave_out_mark(record: Record, mark: Mark, findings: Findings, *, reason: str) -> None:
    findings.count("spans left out")
    found = shown(record.text[max(mark.start, 0) : max(mark.end, 0)])
    findings.leave_out(record.place, f"{mark.label} {found} at {mark.start}: {reason}")


def span_of(doc: Doc, mark: Mark, *, snap: bool) -> Span | str:
    """RETURNS: The mark's span, or why there is none."""
    text, start, end = doc.text, mark.start, mark.end
    if not mark.label.strip():
        return "it has no label"
    if start < 0 or end > len(text):
        return f"it ends at {end}, outside of the text of {len(text)} characters"
    marked = text[start:end]
    if not marked.strip():
        return "it is empty" if end <= start or not marked else "it is white space"
    first = start + len(marked) - len(marked.lstrip())
    last = start + len(marked.rstrip())
    widened = doc.char_span(first, last, label=mark.label, alignment_mode="expand")
    span = widened if snap else doc.char_span(first, last, label=mark.label)
    if span is not None:
        return span
    if _fits_in_utf16(doc, mark):
        return "it does not fit the tokens; `--offsets utf16` would fit"
    tokens = shown([] if widened is None else [token.text for token in widened])
    return f"it does not fit the tokens {tokens}; `--snap` widens it to these"


def _fits_in_utf16(doc: Doc, mark: Mark) -> bool:
    offsets = Offsets(doc.text, "utf16")
    start, end = offsets.at(mark.start), offsets.at(mark.end)
    if start is None or end is None or (start, end) == (mark.start, mark.end):
        return False
    return doc.char_span(start, end) is not None
