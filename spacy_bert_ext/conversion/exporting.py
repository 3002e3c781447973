"""From Docs, or from any file of data, to the format of an annotation tool: what was predicted is corrected there."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import spacy

from ..errors import Errors
from ..files.folders import file_written_whole
from .converters import converter_of, options_of
from .docbins import is_docs, read_docs
from .docs_of_records import read_records, renamed
from .findings import Findings
from .formats.fields import chosen
from .formats.options import WriteOptions
from .formats.table import writable_format
from .least_sure import least_sure, sureness_of_exclusive, sureness_of_marks, sureness_of_multilabel
from .records import Record
from .records_of_docs import AnnotationOf, categorized, marked_entities, marked_spans, records_of_docs
from .span_groups import SpanOptions

TEXTS = "texts"


class Exported(NamedTuple):
    """annotation: Of a Doc, given the options of the task. sureness: Of a record, see `least_sure`."""

    annotation: Callable[[Any], AnnotationOf]
    sureness: Callable[[Record], float | None]


EXPORTED = {
    "ner": Exported(lambda options: marked_entities, sureness_of_marks),
    "spans": Exported(lambda options: marked_spans(options.key), sureness_of_marks),
    "textcat": Exported(lambda options: categorized, sureness_of_exclusive),
    "textcat_multilabel": Exported(lambda options: categorized, sureness_of_multilabel),
}


def export_file(
    source: Path,
    target: Path,
    task: str,
    *,
    to: str,
    lang: str = "en",
    given: Mapping[str, Any],
    n_least_sure: int | None = None,
    watched: Callable[[Iterable[Record]], Iterable[Record]] = iter,
) -> Findings:
    """Write a file for an annotation tool, whole or not at all, in place of one that is there.

    source: Docs, in `.spacy` files, or a file of any format.
    to: Name of the format.
    lang: Of the source, where it has words and not their text.
    given: Options of the command, of those that were given.
    n_least_sure: How many texts are chosen, those with the least sure predictions; None: all, in their order.
    watched: Shows the progress of what it is given.
    RAISES (ValueError): A task, a format or an option that is unknown, or nothing to write.
    RAISES (OSError): What can't be read or written.
    """
    if task not in EXPORTED:
        converter_of(task)
        raise ValueError(Errors.B495.format(task=task, allowed=", ".join(EXPORTED)))
    write, options, findings = writable_format(to), options_of(task, {**given, "lang": lang}), Findings()
    records: Iterable[Record] = watched(_records(source, task, options, findings))
    records = (record for record in records if _has_text(record, findings))
    if n_least_sure is not None:
        records = least_sure(records, n_least_sure, EXPORTED[task].sureness)
    with file_written_whole(target) as new:
        write(_counted(records, findings), new, _write_options(task, options, target), findings)
        if not findings.counts.get(TEXTS):
            raise ValueError(Errors.B483.format(path=source, reason=findings.reason_of_nothing()))
    return findings


def _write_options(task: str, options: Any, target: Path) -> WriteOptions:
    told: dict[str, Any] = {"delimiter": "\t"} if target.suffix == ".tsv" else {}
    told |= {name: value for name in ("scheme", "delimiter") if (value := getattr(options, name)) is not None}
    spans_key = options.key if isinstance(options, SpanOptions) else None
    return WriteOptions(exclusive=task == "textcat", spans_key=spans_key, **told)


def _records(source: Path, task: str, options: Any, findings: Findings) -> Iterator[Record]:
    if not is_docs(source):
        return read_records(source, options, findings)
    docs = read_docs(source, spacy.blank("xx").vocab)
    records = records_of_docs(docs, str(source), EXPORTED[task].annotation(options))
    return (renamed(record, options.rename) for record in records)


def _has_text(record: Record, findings: Findings) -> bool:
    """There is nothing to annotate in others, such as those that `apply` could not read."""
    if not record.text.strip():
        findings.count("texts left out")
        findings.leave_out(record.place, "the text is empty")
    return bool(record.text.strip())


def _counted(records: Iterable[Record], findings: Findings) -> Iterator[Record]:
    for record in records:
        findings.count(TEXTS)
        marks = (mark.label for mark in record.marks or ())
        findings.count_labels("", [*marks, *chosen(record.cats or {}, exclusive=False)])
        yield record
