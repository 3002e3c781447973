"""A Doc for each record of a file, to be annotated by a task."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc

from ..errors import Errors
from ..training.corpora import DOCUMENT_ID
from .findings import Findings
from .formats.options import ReadOptions
from .formats.table import format_of
from .records import SOURCE, Record


@dataclass(frozen=True)
class RecordOptions(ReadOptions):
    """format: Name of the source's; None: told from the file.

    snap: Widen spans to the tokens that they touch.
    rename: Names of labels by what the file calls them. What is not among them stays.
    categories: Of all parts of the data; None: those of the file.
    """

    format: str | None = None
    snap: bool = False
    rename: Mapping[str, str] = field(default_factory=dict)
    categories: tuple[str, ...] | None = None


def read_records(path: Path, options: RecordOptions, findings: Findings) -> Iterator[Record]:
    """RAISES (ValueError): The file has no known format, or breaks its own."""
    for record in format_of(path, options.format).read(path, options, findings):
        yield renamed(record, options.rename)


def renamed(record: Record, names: Mapping[str, str]) -> Record:
    """names: Of labels by what they are called. What is not among them stays."""
    if not names:
        return record
    marks, cats = record.marks, record.cats
    if marks is not None:
        marks = tuple(mark._replace(label=names.get(mark.label, mark.label)) for mark in marks)
    if cats is not None:
        cats = {names.get(category, category): score for category, score in cats.items()}
    return replace(record, marks=marks, cats=cats)


def docs_of_records(
    path: Path, nlp: Language, options: RecordOptions, findings: Findings
) -> Iterator[tuple[Record, Doc]]:
    """Each with the source's own tokens, where it has any, else with those of `nlp`."""
    for record in read_records(path, options, findings):
        if not record.text.strip():
            findings.count("texts left out")
            findings.leave_out(record.place, "the text is empty")
            continue
        yield record, _doc_of(record, nlp)


def docs_of_marked_records(
    path: Path, nlp: Language, options: RecordOptions, findings: Findings
) -> Iterator[tuple[Record, Doc]]:
    """The same of texts in which somebody has looked for spans.

    RAISES (ValueError): As `docs_of_records`, or there is no such text among those of the file.
    """
    n_marked = n_others = 0
    for record, doc in docs_of_records(path, nlp, options, findings):
        if record.marks is None:
            n_others += 1
            findings.count("texts left out")
            findings.leave_out(record.place, "nobody has said whether there are spans in it")
        else:
            n_marked += 1
            yield record, doc
    if n_others and not n_marked:
        raise ValueError(Errors.B582.format(path=path))


def _doc_of(record: Record, nlp: Language) -> Doc:
    words = record.words
    if words is None:
        doc = nlp.make_doc(record.text)
    else:
        spaces = list(words.spaces) if words.knows_spaces else None
        starts = None if words.sentence_starts is None else list[bool | int | None](words.sentence_starts)
        doc = Doc(nlp.vocab, words=list(words.texts), spaces=spaces, sent_starts=starts)
    if record.document is not None:
        doc.user_data[DOCUMENT_ID] = record.document
    if record.fields:
        doc.user_data[SOURCE] = dict(record.fields)
    return doc
