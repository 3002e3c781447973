"""What an int8 pipeline says of itself: scores, and what it needs to be installed with."""

from importlib.metadata import metadata
from typing import Any

from spacy.language import Language
from spacy.util import get_minor_version_range, split_requirement

from ..about import PACKAGE, __version__
from ..evaluation.calibration_scores import without_nan
from .quantizing import PERCENT, Report


def describe(nlp: Language, report: Report) -> None:
    """Put scores, requirement and a note into the pipeline's meta data, for its files, its card and its package."""
    meta = nlp.meta
    requirement = _requirement(report.backend)
    others = [other for other in meta.get("requirements") or [] if split_requirement(other)[0] != PACKAGE]
    meta["requirements"] = [requirement, *others]
    meta["performance"] = {**report.performance, "quantization": summary(report)}
    note = f'The encoder is int8, for the back end "{report.backend}": `pip install "{requirement}"`.'
    meta["notes"] = "\n\n".join(filter(None, (meta.get("notes"), note)))


def summary(report: Report) -> dict[str, Any]:
    """What quantising has changed, as JSON has it; scores and shares from 0 to 1, None for nan."""
    names = ("before", "after")
    return {
        "backend": report.backend,
        "docs": report.n_docs,
        "calibration_texts": report.n_texts,
        "loss": _share(report.loss),
        "scores": [
            {"component": one.component, "score": one.name, "before": _share(one.before), "after": _share(one.after)}
            for one in report.changes
            if one.counts
        ],
        "equal": {what: agreement.share for what, agreement in report.agreements.items()},
        "heads": {
            name: {what: without_nan(value) for what, value in head._asdict().items()}
            for name, head in report.heads.items()
        },
        "megabytes": dict(zip(names, report.megabytes)),
        "words_per_second": dict(zip(names, report.speeds)),
    }


def _share(points: float) -> float:
    return round(points / PERCENT, 10)  # as srsly writes it


def _requirement(backend: str) -> str:
    """This package, with the extra that is called as the back end if it has one."""
    extras = metadata(PACKAGE).get_all("Provides-Extra") or []
    extra = f"[{backend}]" if backend in extras else ""
    return f"{PACKAGE}{extra}{get_minor_version_range(__version__)}"
