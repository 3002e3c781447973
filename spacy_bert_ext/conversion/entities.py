"""Entities: `doc.ents`, where each token belongs to one at most."""

from collections.abc import Iterator
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import filter_spans

from .docs_of_records import RecordOptions, docs_of_marked_records
from .findings import Findings
from .placing import Placed, leave_out_mark, placed_marks
from .records import Record


def convert_entities(path: Path, nlp: Language, options: RecordOptions, findings: Findings) -> Iterator[Doc]:
    """A Doc of each text. Where entities overlap, the longest stays, of equally long ones the first.

    The tokens of an entity that is left out count as not annotated, else it would be learned that they are in none. A
    text in which nobody has looked for entities is left out.

    RAISES (ValueError): The file is of another format. RAISES (OSError): It can't be read.
    """
    for record, doc in docs_of_marked_records(path, nlp, options, findings):
        placed = list(placed_marks(doc, record, findings, snap=options.snap))
        spans = filter_spans([one.span for one in placed if one.span is not None])
        doc.set_ents(spans, missing=_unknown(doc, record, placed, spans=spans, findings=findings), default="outside")
        yield doc


def _unknown(doc: Doc, record: Record, placed: list[Placed], *, spans: list[Span], findings: Findings) -> list[Span]:
    """What marks touch that are left out, and no entity."""
    taken = {token.i for span in spans for token in span}
    kept = {(span.start, span.end, span.label) for span in spans}
    unknown: set[int] = set()
    for mark, span in placed:
        if span is None:
            touched = doc.char_span(max(mark.start, 0), min(mark.end, len(doc.text)), alignment_mode="expand")
            unknown.update(token.i for token in touched or ())
        elif (span.start, span.end, span.label) not in kept:
            findings.count("spans", -1)
            other = next(one for one in spans if one.start < span.end and span.start < one.end)
            reason = f"it overlaps with {other.label_} {other.text!r}; `--task spans` keeps both"
            leave_out_mark(record, mark, findings, reason=reason)
            unknown.update(token.i for token in span)
    return [doc[i : i + 1] for i in sorted(unknown - taken)]
