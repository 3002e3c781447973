"""Label Studio's JSON-MIN: the data of a task, and one annotation of it, in one object."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from ..findings import Findings
from ..records import Record
from .fields import DOCUMENT, document_in, labels_in, named, text_in
from .label_studio_results import CATEGORY_SCORES, spans_of
from .options import ReadOptions
from .spans import FoundSpan, MarkReader

_SIGNS = ("annotation_id", "lead_time", "annotator", "completed_by")
_MOST_SIGNS = 2
_CHOICES = ("choice", "choices", "sentiment", "category", "class", "intent", "label")  # names of controls for choices
_OWN = (*_SIGNS, "created_at", "updated_at", DOCUMENT, CATEGORY_SCORES)


def is_min(keys: AbstractSet[str]) -> bool:
    return len(keys & set(_SIGNS)) >= _MOST_SIGNS and "data" not in keys


def read_min(
    place: str, values: Mapping[str, Any], options: ReadOptions, *, findings: Findings, seen: set[Any]
) -> Record | None:
    """None of an annotation that is not taken.

    seen: Numbers of tasks that there were: of several annotations of a task, the first is taken.
    """
    annotator = values.get("annotator", values.get("completed_by"))
    if options.annotator is not None and options.annotator != str(annotator):
        return None
    task = values.get("id")
    if task is not None and task in seen:
        findings.count("further annotations of a text left out")
        return None
    seen.add(task)
    text = text_in(place, values, options)
    regions: list[FoundSpan] | None = None
    cats: dict[str, float] | None = None
    used = set(_OWN)
    for key, value in values.items():
        is_wanted = options.spans_key in (None, key)
        if isinstance(value, list) and value and all(isinstance(one, Mapping) and "start" in one for one in value):
            used.add(key)
            if is_wanted:
                regions = (regions or []) + [span for one in value for span in spans_of(one)]
        elif (choices := _choices(key, value, options)) is not None:
            used.add(key)
            cats = {**(cats or {}), **dict.fromkeys(choices, 1.0)}
    if regions is None and cats is None:
        regions = []  # somebody has looked at the text, and found nothing
    return Record(
        place,
        text,
        marks=None if regions is None else MarkReader(place, text, options, findings).read(regions),
        cats=cats,
        document=document_in(values, options),
        fields={
            key: value for key, value in values.items() if key not in used and key != options.column("text", "text")
        },
    )


def _choices(key: str, value: Any, options: ReadOptions) -> list[str] | None:
    """None of what is no choice."""
    if isinstance(value, Mapping) and isinstance(value.get("choices"), list):
        return [named(str(choice), options) for choice in value["choices"]]
    wanted = options.columns.get("label", _CHOICES)
    if isinstance(value, str) and key in wanted:
        return [named(label, options) for label in labels_in(value, options.labels_separator)]
    return None
