"""Label Studio's exports: JSON, with all annotations of a task, and JSON-MIN, with one annotation an object."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...errors import Errors
from ..findings import Findings
from ..json_values import read_values
from ..records import Record
from ..sources import row_of, shown
from .fields import DOCUMENT, checked_text, decided, fields_in, score_table, value_at
from .heads import json_head
from .label_studio_min import is_min, read_min
from .label_studio_results import CATEGORY_SCORES, Found, results_of
from .label_studio_writing import write
from .options import Format, ReadOptions
from .spans import MarkReader

_ANNOTATIONS = ("annotations", "completions")


def recognises(path: Path, head: bytes) -> bool:
    found = json_head(head)
    if found is None:
        return False
    has_task = "data" in found.keys and isinstance(found.first.get("data"), Mapping | None)
    return has_task and bool(found.keys & {*_ANNOTATIONS, "predictions", "id"}) or is_min(found.keys)


def read(path: Path, options: ReadOptions, findings: Findings) -> Iterator[Record]:
    """A Record of each task. Of several annotations one is taken: see `_chosen`."""
    seen: set[Any] = set()
    has_regions = any(_has_regions(values) for _, values in map(row_of, read_values(path, options.encoding)))
    for place, values in map(row_of, read_values(path, options.encoding)):
        if is_min(frozenset(values)):
            record = read_min(place, values, options, findings=findings, seen=seen)
        else:
            record = _record(place, values, options, findings=findings, has_regions=has_regions)
        if record is not None:
            yield record


def _has_regions(task: Mapping[str, Any]) -> bool:
    """Whether somebody has annotated spans: then a text without any has none."""
    given: list[Any] = next((task[key] for key in _ANNOTATIONS if isinstance(task.get(key), list)), [])
    results = [result for one in given if isinstance(one, Mapping) for result in one.get("result") or ()]
    return any(isinstance(one, Mapping) and "labels" in str(one.get("type", "")).lower() for one in results)


def _record(
    place: str, task: Mapping[str, Any], options: ReadOptions, *, findings: Findings, has_regions: bool
) -> Record:
    data = task.get("data")
    if not isinstance(data, Mapping):
        raise ValueError(Errors.B477.format(place=f"{place}, 'data'", found=shown(data), allowed="an object"))
    key, text = _text(place, data, options)
    annotation, is_prediction = _chosen(place, task, options, findings)
    known = score_table(f"{place}, {CATEGORY_SCORES!r}", data.get(CATEGORY_SCORES, {}))
    fields = {name: value for name, value in fields_in(data, (CATEGORY_SCORES, key), options).items() if name != key}
    if "id" in task and "id" not in fields:
        fields["id"] = task["id"]
    document = value_at(data, options.column("document", DOCUMENT) or DOCUMENT)
    found = Found()
    if annotation is not None:
        found = results_of(place, annotation.get("result"), options, findings)
    marks = None
    are_spans = found.has_spans or has_regions or not (found.has_choices or known)
    if annotation is not None and are_spans:
        marks = MarkReader(place, text, options, findings).read(found.spans)
    cats = None
    if found.has_choices or (annotation is not None and known):
        cats = known if is_prediction and known else decided(known, found.choices, findings)
    return Record(
        place,
        text,
        marks=marks,
        cats=cats,
        document=None if document in (None, "") else str(document),
        fields=fields,
    )


def _text(place: str, data: Mapping[str, Any], options: ReadOptions) -> tuple[str, str]:
    """Key and text: of the option, `text`, or of the only text that there is."""
    texts = [name for name, value in data.items() if isinstance(value, str)]
    key = options.column("text") or ("text" if "text" in data or len(texts) != 1 else texts[0])
    text = value_at(data, key)
    if not isinstance(text, str):
        reason = f"there is no text {key!r}"
        raise ValueError(Errors.B505.format(place=place, reason=reason, found=", ".join(map(str, data))))
    return key, checked_text(place, text)


def _chosen(
    place: str, task: Mapping[str, Any], options: ReadOptions, findings: Findings
) -> tuple[Mapping[str, Any] | None, bool]:
    """The annotation that is taken, and whether it is a prediction: the wanted annotator's, else the ground truth, else
    the first. Where others differ from it, this is told."""
    found: list[Any] = next((task[key] for key in _ANNOTATIONS if isinstance(task.get(key), list)), [])
    there = [one for one in found if isinstance(one, Mapping)]
    given = [one for one in there if not one.get("was_cancelled")]
    if len(given) < len(there):
        findings.count("annotations cancelled", len(there) - len(given))
    if options.annotator is not None:
        given = [one for one in given if options.annotator in _names(one.get("completed_by"))]
    if not given:
        predictions = task.get("predictions")
        if options.predictions and isinstance(predictions, list) and predictions:
            return predictions[0], True
        findings.count("texts without annotation")
        return None, False
    truths = [one for one in given if one.get("ground_truth")]
    taken = (truths or given)[0]
    if not truths and len({_content(one) for one in given}) > 1:
        findings.count("texts whose annotators differ")
        annotators = ", ".join(name for one in given for name in sorted(_names(one.get("completed_by")))[:1])
        reason = f"its {len(given)} annotations differ (by {annotators}): the first is taken; `--annotator` chooses"
        findings.leave_out(place, reason)
    return taken, False


def _names(annotator: Any) -> set[str]:
    """Number and address."""
    if isinstance(annotator, Mapping):
        return {str(annotator[key]) for key in ("id", "email") if key in annotator}
    return set() if annotator is None else {str(annotator)}


def _content(annotation: Mapping[str, Any]) -> str:
    """What is annotated, without the names of its parts."""
    results = annotation.get("result")
    parts = [repr((one.get("from_name"), one.get("value"))) for one in results or () if isinstance(one, Mapping)]
    return "\n".join(sorted(parts))


FORMAT = Format("label-studio", recognises, read, write, ending=".json")
