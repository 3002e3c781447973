"""Tasks for Label Studio's import, with annotations, or with predictions to correct."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ..findings import Findings
from ..records import Mark, Record
from .fields import DOCUMENT, are_scores, chosen, fields_out
from .label_studio_results import CATEGORY_SCORES
from .options import WriteOptions
from .written import without_none, write_list

# Names of controls and of the text in the project's labeling configuration. docs/guides/converting.md shows one.
SPANS, CATEGORIES, TEXT = "label", "category", "text"


def write(records: Iterable[Record], path: Path, options: WriteOptions, findings: Findings) -> None:
    """Spans are results of the control "label", categories of "category"; scores stand in results."""
    write_list(path, (_task(record, options, findings) for record in records))


def _task(record: Record, options: WriteOptions, findings: Findings) -> dict[str, Any]:
    data: dict[str, Any] = {TEXT: record.text}
    fields = dict(record.fields)
    number = fields.pop("id", None)
    if isinstance(number, bool) or not isinstance(number, int):
        fields, number = dict(record.fields), None
    if record.document is not None:
        data[DOCUMENT] = record.document
    if record.cats is not None:
        data[CATEGORY_SCORES] = dict(record.cats)
    data.update(fields_out(fields, (TEXT, DOCUMENT, CATEGORY_SCORES), findings))
    task = without_none({"id": number, "data": data})
    if record.marks is None and record.cats is None:
        return task
    results = [_region(i, mark, record.text) for i, mark in enumerate(record.marks or ())]
    if record.cats is not None:
        results += _choice(record, options)
    if options.predicted if options.predicted is not None else _has_scores(record):
        scores = [result["score"] for result in results if "score" in result]
        prediction = {"model_version": options.model_name, "score": min(scores, default=None), "result": results}
        return {**task, "predictions": [without_none(prediction)]}
    return {**task, "annotations": [{"result": results}]}


def _has_scores(record: Record) -> bool:
    return any(mark.score is not None for mark in record.marks or ()) or are_scores(record.cats or {})


def _region(number: int, mark: Mark, text: str) -> dict[str, Any]:
    value = {"start": mark.start, "end": mark.end, "text": text[mark.start : mark.end], "labels": [mark.label]}
    names = {"id": f"span{number}", "from_name": SPANS, "to_name": TEXT, "type": "labels"}
    return without_none({**names, "value": value, "score": mark.score})


def _choice(record: Record, options: WriteOptions) -> list[dict[str, Any]]:
    """None if no category is chosen: Label Studio knows no empty choice."""
    cats = record.cats or {}
    names = chosen(cats, exclusive=options.exclusive)
    if not names:
        return []
    score = min(cats[name] for name in names) if are_scores(cats) else None
    parts = {"id": "category", "from_name": CATEGORIES, "to_name": TEXT, "type": "choices"}
    return [without_none({**parts, "value": {"choices": names}, "score": score})]
