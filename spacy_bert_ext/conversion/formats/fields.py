"""Parts of a Record in objects of JSON, by key, or by a path of keys such as "meta.id"."""

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any

from ...errors import Errors
from ..findings import Findings
from ..sources import shown
from .options import ReadOptions

DOCUMENT = "document"
_MISSING = object()


def text_in(place: str, values: Mapping[str, Any], options: ReadOptions) -> str:
    """RAISES (ValueError): There is none."""
    key = options.column("text", "text") or "text"
    found = value_at(values, key, _MISSING)
    if found is _MISSING:
        raise ValueError(Errors.B476.format(place=place, name=key, found=", ".join(map(str, values)) or "nothing"))
    if not isinstance(found, str):
        raise ValueError(Errors.B477.format(place=f"{place}, {key!r}", found=shown(found), allowed="a text"))
    return checked_text(place, found)


def checked_text(place: str, text: str) -> str:
    """RAISES (ValueError): It has half of a pair of surrogates, which JSON can name and no file can hold."""
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            found = f"half of a character ({error.object[error.start]!r} at {error.start})"
            raise ValueError(Errors.B477.format(place=place, found=found, allowed="Unicode text")) from error
    return text


def value_at(values: Mapping[str, Any], path: str, default: Any = None) -> Any:
    """Of a key, or of keys in each other with dots between."""
    if path in values:
        return values[path]
    found: Any = values
    for key in path.split("."):
        if not isinstance(found, Mapping) or key not in found:
            return default
        found = found[key]
    return found


def document_in(values: Mapping[str, Any], options: ReadOptions) -> str | None:
    found = value_at(values, options.column("document", DOCUMENT) or DOCUMENT)
    return None if found is None or found == "" else str(found)


def fields_in(values: Mapping[str, Any], used: Container[str], options: ReadOptions) -> dict[str, Any]:
    """What no other part of the Record says."""
    taken = {options.column("text", "text"), options.column("document", DOCUMENT)}
    fields = {key: value for key, value in values.items() if key not in used and key not in taken}
    if "id" in options.columns:
        fields["id"] = value_at(values, options.columns["id"][0])
    return fields


def fields_out(fields: Mapping[str, Any], own: Container[str], findings: Findings) -> dict[str, Any]:
    """Those whose names the format has no other meaning for."""
    kept = {name: value for name, value in fields.items() if name not in own}
    if len(kept) < len(fields):
        findings.count("fields left out", len(fields) - len(kept))
    return kept


def score_table(place: str, found: Any) -> dict[str, float]:
    """Scores of categories. RAISES (ValueError): It is something else."""
    if not isinstance(found, Mapping) or not all(_is_score(value) for value in found.values()):
        allowed = "an object of categories, each with a number from 0 to 1"
        raise ValueError(Errors.B477.format(place=place, found=shown(found), allowed=allowed))
    return {str(name): float(value) for name, value in found.items()}


def named(label: str, options: ReadOptions) -> str:
    """The name of a label that is a number, if there are names."""
    if options.label_names and label.isdecimal() and int(label) < len(options.label_names):
        return options.label_names[int(label)]
    return label


def labels_in(cell: str, separator: str | None) -> Iterator[str]:
    """Of a cell that may have several."""
    parts = cell.split(separator) if separator else [cell]
    return (part.strip() for part in parts if part.strip())


def chosen(cats: Mapping[str, float], *, exclusive: bool) -> list[str]:
    """Categories that a text has: the likeliest, or all with 0.5 or more."""
    if exclusive:
        return [max(cats, key=lambda name: cats[name])] if any(cats.values()) else []
    return [name for name, score in cats.items() if score >= 0.5]


def decided(scores: Mapping[str, float], chosen: Iterable[str], findings: Findings) -> dict[str, float]:
    """1 for what somebody has chosen, 0 for the others. Scores beside it only tell which others there are."""
    if are_scores(scores):
        findings.tell("Scores of categories are not read where labels stand beside them: these are 1, all others 0.")
    return {**dict.fromkeys(scores, 0.0), **dict.fromkeys(chosen, 1.0)}


def are_scores(cats: Mapping[str, float]) -> bool:
    """Whether some are neither 0 nor 1: nobody annotates so."""
    return any(score not in (0, 1) for score in cats.values())


def _is_score(value: Any) -> bool:
    return isinstance(value, int | float) and 0 <= value <= 1
