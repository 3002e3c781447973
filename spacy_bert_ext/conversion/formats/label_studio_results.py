"""Results of Label Studio's annotations: regions with labels, and choices."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...errors import Errors
from ..findings import Findings
from ..sources import shown
from .fields import named
from .options import ReadOptions
from .spans import FoundSpan, label_name

CATEGORY_SCORES = "cat_scores"  # in a task's data: which categories there are, and how likely each is
_REGIONS = ("labels", "hypertextlabels")


@dataclass
class Found:
    """has_spans, has_choices: Whether there was any, also one that can't be used."""

    spans: list[FoundSpan] = field(default_factory=list)
    choices: list[str] = field(default_factory=list)
    has_spans: bool = False
    has_choices: bool = False


def results_of(place: str, results: Any, options: ReadOptions, findings: Findings) -> Found:
    """Of the control that `spans_key` names, or of all.

    RAISES (ValueError): They are no list of objects.
    """
    if not isinstance(results, list) or not all(isinstance(result, Mapping) for result in results):
        allowed = "a list of objects"
        raise ValueError(Errors.B477.format(place=f"{place}, 'result'", found=shown(results), allowed=allowed))
    found = Found()
    for result in results:
        value, kind = result.get("value"), str(result.get("type", "")).lower()
        if not isinstance(value, Mapping):
            findings.count(f"{kind or 'other'} results skipped")
            continue
        if options.spans_key is not None and result.get("from_name") not in (None, options.spans_key):
            continue
        if kind == "choices" or "choices" in value:
            found.has_choices = True
            found.choices += [named(str(choice), options) for choice in value.get("choices") or ()]
        elif kind in _REGIONS or "labels" in value:
            found.has_spans = True
            found.spans += spans_of(value, result.get("score"))
        else:
            findings.count(f"{kind or 'other'} results skipped")
    return found


def spans_of(value: Mapping[str, Any], score: Any = None) -> list[FoundSpan]:
    """A span for each label of a region; one without a label if it has none, which is told as such."""
    labels = value.get("labels", value.get("hypertextlabels")) or [None]
    places = value.get("globalOffsets", value)
    start, end = places.get("start"), places.get("end")
    return [
        FoundSpan(start, end, label_name(label), score=score, text=value.get("text"))
        for label in (labels if isinstance(labels, list) else [labels])
    ]
