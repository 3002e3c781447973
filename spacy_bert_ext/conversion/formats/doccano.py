"""Doccano's JSON lines, of all its versions, and its CSV: spans in lists or objects, categories by name."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...errors import Errors
from ..findings import Findings
from ..json_values import read_values
from ..records import Mark, Record
from ..sources import row_of, shown
from . import csv_format
from .fields import chosen, decided, document_in, fields_in, fields_out, named, score_table, text_in
from .heads import json_head
from .label_studio_min import is_min
from .options import Format, ReadOptions, WriteOptions
from .spans import FoundSpan, MarkReader, found_span, label_name, score_of
from .written import write_lines

CATEGORY_SCORES, SPAN_SCORES = "cat_scores", "span_scores"  # Doccano keeps them as metadata
BETWEEN_LABELS = "#"  # in its CSV
_OF_SPANS = ("label", "labels", "entities", "annotations")
_OWN = ("text", *_OF_SPANS, "cats", "relations", "document", CATEGORY_SCORES, SPAN_SCORES)


def recognises(path: Path, head: bytes) -> bool:
    found = json_head(head)
    if found is None or "text" not in found.keys or is_min(found.keys):  # Label Studio calls some fields alike
        return False
    values = found.first
    if isinstance(values.get("label"), list) or isinstance(values.get("labels"), list):
        return True
    return any(_is_span(item) for key in _OF_SPANS for item in _list(values.get(key))[:1]) or "Comments" in values


def read(path: Path, options: ReadOptions, findings: Findings) -> Iterator[Record]:
    if csv_format.recognises(path, b"text"):
        separator = options.labels_separator or BETWEEN_LABELS
        yield from csv_format.read(path, replace(options, labels_separator=separator), findings)
        return
    are_categories = _are_categories(path, options)
    for place, values in map(row_of, read_values(path, options.encoding)):
        text = text_in(place, values, options)
        spans, names = _split(place, values)
        is_empty = not spans and not names
        if values.get("relations"):
            findings.count("relations skipped", len(values["relations"]))
        has_cats = bool(names) or CATEGORY_SCORES in values or "cats" in values or (is_empty and are_categories)
        has_marks = bool(spans) or "entities" in values or (is_empty and not has_cats)
        known = score_table(f"{place}, {CATEGORY_SCORES!r}", values.get(CATEGORY_SCORES, {}))
        is_annotated = any(key in values for key in (*_OF_SPANS, "cats"))
        marks = MarkReader(place, text, options, findings).read(_scored(spans, values.get(SPAN_SCORES)))
        yield Record(
            place,
            text,
            marks=marks if has_marks and is_annotated else None,
            cats=decided(known, [named(name, options) for name in names], findings)
            if has_cats and is_annotated
            else None,
            document=document_in(values, options),
            fields=fields_in(values, _OWN, options),
        )


def _are_categories(path: Path, options: ReadOptions) -> bool:
    """Whether the first annotations of a file are categories: of an empty list, this can't be told."""
    for place, values in map(row_of, read_values(path, options.encoding)):
        spans, names = _split(place, values)
        if spans or names:
            return not spans
    return False


def _split(place: str, values: Mapping[str, Any]) -> tuple[list[FoundSpan], list[str]]:
    """Spans and categories of an object."""
    spans: list[FoundSpan] = []
    names: list[str] = []
    for key in (*_OF_SPANS, "cats"):
        for item in _list(values.get(key)):
            name = label_name(item.get("label") if isinstance(item, Mapping) else item)
            span = found_span(item) if _is_span(item) else None
            if span is not None:
                spans.append(span)
            elif name is not None:
                names.append(name)
            else:
                allowed = 'spans such as [0, 3, "PER"], or names of categories'
                raise ValueError(Errors.B477.format(place=f"{place}, {key!r}", found=shown(item), allowed=allowed))
    return spans, names


def _list(value: Any) -> list[Any]:
    if isinstance(value, str | int):
        return [value]
    return value if isinstance(value, list) else []


def _is_span(item: Any) -> bool:
    return (isinstance(item, list) and len(item) in (3, 4)) or (isinstance(item, Mapping) and "start_offset" in item)


def _scored(spans: Iterable[FoundSpan], scores: Any) -> list[FoundSpan]:
    """With the scores of those that nobody has changed."""
    table = {tuple(item[:3]): item[3] for item in _list(scores) if isinstance(item, list) and len(item) == 4}
    return [span._replace(score=score_of(table.get(tuple(span[:3])))) for span in spans]


def write(records: Iterable[Record], path: Path, options: WriteOptions, findings: Findings) -> None:
    """`label` has the spans, or the categories of texts without spans. Scores are beside it, in keys of their own."""
    write_lines(path, (_object(record, options, findings) for record in records))


def _object(record: Record, options: WriteOptions, findings: Findings) -> dict[str, Any]:
    values: dict[str, Any] = {"text": record.text}
    names = [] if record.cats is None else chosen(record.cats, exclusive=options.exclusive)
    if record.marks is not None and record.cats is not None:
        values["entities"] = [
            {"id": i, "start_offset": mark.start, "end_offset": mark.end, "label": mark.label}
            for i, mark in enumerate(record.marks)
        ]
        values["cats"] = names
    elif record.marks is not None:
        values["label"] = [list(mark[:3]) for mark in record.marks]
    elif record.cats is not None:
        values["label"] = names
    if record.cats is not None:
        values[CATEGORY_SCORES] = dict(record.cats)
    scored: list[Mark] = [mark for mark in record.marks or () if mark.score is not None]
    if scored:
        values[SPAN_SCORES] = [list(mark) for mark in scored]
    if record.document is not None:
        values["document"] = record.document
    return {**values, **fields_out(record.fields, _OWN, findings)}


FORMAT = Format("doccano", recognises, read, write)
