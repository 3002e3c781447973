"""spaCy's training tuples, `(text, {"entities": ..., "cats": ..., "spans": ...})`, as JSON or JSON lines.

Objects with "text" and "ents" are read, too, as `Doc.to_json` and `spacy bert apply` write them.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Any

from ...errors import Errors
from ..findings import Findings
from ..json_values import Value, read_values
from ..records import Mark, Record
from ..sources import shown
from .fields import checked_text, document_in, fields_in, fields_out, score_table
from .heads import json_head
from .options import Format, ReadOptions, WriteOptions
from .spans import MarkReader, found_span
from .written import write_lines

_OWN = ("entities", "cats", "spans", "document")
_OBJECT = {"text", "ents"}
_ALLOWED = '[text, {"entities": [[start, end, label], ...]}]'


def recognises(path: Path, head: bytes) -> bool:
    found = json_head(head)
    if found is None:
        return False
    first = found.first
    if isinstance(first, str) and found.in_list:  # the text of a line
        after = json_head(found.after.lstrip(", ").encode())
        return after is not None and isinstance(after.first, Mapping) and not after.in_list
    if isinstance(first, list) and found.in_list:
        return len(first) == 2 and isinstance(first[0], str) and isinstance(first[1], Mapping)
    return {"classes", "annotations"} <= found.keys or _OBJECT <= found.keys  # of the NER Annotator; of a Doc


def read(path: Path, options: ReadOptions, findings: Findings) -> Iterator[Record]:
    for place, value in _tuples(path, read_values(path, options.encoding)):
        if isinstance(value, Mapping) and value.keys() >= _OBJECT:
            value = [value["text"], {**_without_text(value), "entities": value["ents"], "spans": _groups(value)}]
        if value is None:  # which the NER Annotator writes for a text that was skipped
            findings.count("texts skipped")
            continue
        is_tuple = isinstance(value, list) and len(value) == 2 and isinstance(value[0], str)
        if not is_tuple or not isinstance(value[1], Mapping):
            raise ValueError(Errors.B477.format(place=place, found=shown(value), allowed=_ALLOWED))
        text, given = checked_text(place, value[0]), value[1]
        yield Record(
            place,
            text,
            marks=_marks(place, text, given, options=options, findings=findings),
            cats=score_table(f"{place}, 'cats'", given["cats"]) if "cats" in given else None,
            document=document_in(given, options),
            fields=fields_in(given, _OWN, options),
        )


def _without_text(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in value.items() if name not in (*_OBJECT, "tokens", "sents")}


def _groups(value: Mapping[str, Any]) -> Any:
    """By key, which `apply` gives each of a list. A list without keys is of the file that `apply` has read."""
    spans = value.get("spans", {})
    if not isinstance(spans, list) or not all(isinstance(span, Mapping) for span in spans):
        return spans
    groups: dict[str, list[Any]] = {}
    for span in spans:
        if "key" in span:
            groups.setdefault(str(span["key"]), []).append(span)
    return groups


def _tuples(path: Path, values: Iterator[Value]) -> Iterator[Value]:
    """A file of one tuple is a list of two, and some tools write an object around the list."""
    first = next(values, None)
    if first is None:
        return
    if isinstance(first.value, str):
        yield Value(f"{path}, line 1", [first.value, *(found.value for found in values)])
    elif isinstance(first.value, Mapping) and isinstance(first.value.get("annotations"), list):
        for i, item in enumerate(first.value["annotations"], 1):
            yield Value(f"{path}, item {i}", item)
    else:
        yield from chain([first], values)


def _marks(
    place: str, text: str, given: Mapping[str, Any], *, options: ReadOptions, findings: Findings
) -> tuple[Mark, ...] | None:
    """Of the entities, or of a group of spans."""
    groups = given.get("spans", {})
    if not isinstance(groups, Mapping):
        raise ValueError(Errors.B477.format(place=f"{place}, 'spans'", found=shown(groups), allowed="an object"))
    key = options.spans_key
    if key is None and "entities" not in given and groups:
        if len(groups) > 1:
            raise ValueError(Errors.B510.format(place=place, found=", ".join(map(str, groups))))
        key = str(next(iter(groups)))
    found = given.get("entities") if key is None else groups.get(key)
    if found is None:
        return None
    spans = [found_span(item) for item in found] if isinstance(found, list) else [None]
    if None in spans:
        raise ValueError(Errors.B477.format(place=place, found=shown(found), allowed=_ALLOWED))
    return MarkReader(place, text, options, findings).read([span for span in spans if span is not None])


def write(records: Iterable[Record], path: Path, options: WriteOptions, findings: Findings) -> None:
    """A tuple a line. Marks are entities, or, with `spans_key`, a group of spans. Scores have no place."""
    write_lines(path, (_tuple(record, options, findings) for record in records))


def _tuple(record: Record, options: WriteOptions, findings: Findings) -> list[Any]:
    values: dict[str, Any] = {}
    if record.marks is not None:
        marks = [list(mark[:3]) for mark in record.marks]
        values.update({"entities": marks} if options.spans_key is None else {"spans": {options.spans_key: marks}})
        if any(mark.score is not None for mark in record.marks):
            findings.tell("spaCy's tuples have no place for scores of spans: they are not written.")
    if record.cats is not None:
        values["cats"] = dict(record.cats)
    if record.document is not None:
        values["document"] = record.document
    return [record.text, {**values, **fields_out(record.fields, _OWN, findings)}]


FORMAT = Format("tuples", recognises, read, write)
