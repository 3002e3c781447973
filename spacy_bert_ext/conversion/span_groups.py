"""Spans that may overlap: `doc.spans[key]`."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc, SpanGroup

from .docs_of_records import RecordOptions, docs_of_marked_records
from .findings import Findings
from .placing import placed_marks

SPANS_KEY = "sc"


@dataclass(frozen=True)
class SpanOptions(RecordOptions):
    """spans_key: Of the group in `doc.spans`; `bert_spancat` looks for "sc" by default."""

    nested: bool = True
    spans_key: str | None = None

    @property
    def key(self) -> str:
        return self.spans_key or SPANS_KEY


def convert_spans(path: Path, nlp: Language, options: SpanOptions, findings: Findings) -> Iterator[Doc]:
    """A Doc of each text in which somebody has looked for spans.

    RAISES (ValueError): The file is of another format. RAISES (OSError): It can't be read.
    """
    for record, doc in docs_of_marked_records(path, nlp, options, findings):
        placed = placed_marks(doc, record, findings, snap=options.snap)
        spans = [one.span for one in placed if one.span is not None]
        doc.spans[options.key] = SpanGroup(doc, name=options.key, spans=spans)
        yield doc
