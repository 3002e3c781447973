"""Components that set neither entities, categories nor labelled spans → what their own scorers say of them."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from spacy.language import Language
from spacy.training import Example

from ..settings import is_number
from .span_sources import has_labels, key_of

HAVE_SECTIONS = ("doc.ents", "doc.cats")  # that components assign, and that have parts of their own in the report


def find_others(nlp: Language) -> list[str]:
    """Names of the components that can be scored, and that have no section by what they declare to set."""
    return [
        name
        for name, pipe in nlp.pipeline
        if callable(getattr(pipe, "score", None))
        and not set(HAVE_SECTIONS) & set(nlp.get_pipe_meta(name).assigns)
        and not (key_of(nlp, name) is not None and has_labels(nlp, name))
    ]


def other_scores(nlp: Language, name: str, examples: Sequence[Example]) -> dict[str, Any] | None:
    """The part of one component under `others` in the report; None if its scorer finds nothing to score.

    Scores by the names of P, R and F, as spaCy's scorers have them (`sents_p`, `sents_r`, `sents_f`), stand together,
    and so do those of each label (`dep_las_per_type`).
    """
    pipe: Any = nlp.get_pipe(name)
    found: Mapping[str, Any] = pipe.score(examples)
    # Whole numbers count something, others are shares.
    numbers = {
        key: value if isinstance(value, int) else float(value) for key, value in found.items() if _is_finite(value)
    }
    together = [key[:-2] for key in numbers if key.endswith("_f") and {f"{key[:-2]}_p", f"{key[:-2]}_r"} <= {*numbers}]
    prf = {key: {letter: float(numbers.pop(f"{key}_{letter}")) for letter in "prf"} for key in together}
    per_label = {key: rows for key, value in found.items() if (rows := _rows(value))}
    if not prf and not numbers and not per_label:
        return None
    return {"numbers": numbers, "prf": prf, "per_label": per_label}


def main_score(part: Mapping[str, Any]) -> tuple[str, float | None]:
    """The first number of a component, and what it is called."""
    for name, value in part["numbers"].items():
        return name, value
    for name, row in part["prf"].items():
        return f"{name}, F", row["f"]
    return "", None


def shown(number: float) -> str:
    """In percent, or as it is if it counts something."""
    return f"{number:,}" if isinstance(number, int) else f"{100 * number:.1f}"


def _is_finite(value: object) -> bool:
    return is_number(value) and math.isfinite(value)


def _rows(value: object) -> dict[str, dict[str, float]]:
    """P, R and F by label, if that is what a scorer gave."""
    if not isinstance(value, Mapping):
        return {}
    return {
        str(label): {letter: float(row[letter]) for letter in "prf"}
        for label, row in value.items()
        if isinstance(row, Mapping) and all(_is_finite(row.get(letter)) for letter in "prf")
    }
