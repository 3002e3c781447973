"""Pairs of texts: the first is the Doc, the second `doc._.pair`, with a category in `doc.cats` or a number."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from spacy.language import Language
from spacy.tokens import Doc

from ..errors import Errors
from ..pipeline.reading import key_of, user_data_of
from .findings import Findings
from .sources import Row, read_rows, shown, text_of, value_of

EXTENSION, NUMBER_EXTENSION = "pair", "pair_score"


@dataclass(frozen=True)
class PairOptions:
    """columns: Names of first text, second text, and category or number. Of a table without a header: numbers from 1.

    number: The third is a number.
    rename: Names of categories by what the file calls them. What is not among them stays.
    categories: Of all parts of the data; None: those of the file.
    """

    columns: tuple[str, ...] = ("text1", "text2", "label")
    number: bool = False
    rename: Mapping[str, str] = field(default_factory=dict)
    categories: tuple[str, ...] | None = None


class Pair(NamedTuple):
    place: str
    texts: tuple[str, str]
    value: Any


def convert_pairs(path: Path, nlp: Language, options: PairOptions, findings: Findings) -> Iterator[Doc]:
    """A Doc of each row. With categories, each Doc has all of them: 1 for its own, 0 for the others.

    RAISES (ValueError): The file is of another format. RAISES (OSError): It can't be read.
    """
    if len(options.columns) != 3:
        raise ValueError(Errors.B480.format(found=",".join(options.columns)))
    categories = categories_of_pairs([path], options) if options.categories is None else options.categories
    for pair in _pairs(path, options, findings):
        doc = nlp.make_doc(pair.texts[0])
        user_data_of(doc)[key_of(EXTENSION)] = pair.texts[1]
        if options.number:
            user_data_of(doc)[key_of(NUMBER_EXTENSION)] = pair.value
        else:
            findings.count(pair.value)
            doc.cats = {category: float(category == pair.value) for category in categories}
        yield doc


def categories_of_pairs(paths: Iterable[Path], options: PairOptions) -> tuple[str, ...]:
    """Of whole files, which are read once more for them; none if pairs have numbers."""
    if options.number:
        return ()
    return tuple(sorted({pair.value for path in paths for pair in _pairs(path, options, Findings())}))


def _pairs(path: Path, options: PairOptions, findings: Findings) -> Iterator[Pair]:
    return (pair for row in read_rows(path, options.columns) if (pair := _pair(row, options, findings)))


def _pair(row: Row, options: PairOptions, findings: Findings) -> Pair | None:
    first, second = (text_of(row.place, row.values, column) for column in options.columns[:2])
    column = options.columns[2]
    value = value_of(row.place, row.values, column)
    fault = next((f"{name!r} is empty" for name, text in zip(options.columns, (first, second)) if not text.strip()), "")
    result = _number(value) if options.number else _category(value, options.rename)
    if result is None:
        fault = f"{column!r} is {shown(value)}: no {'number' if options.number else 'category'}"
    if fault:
        findings.count("pairs left out")
        findings.leave_out(row.place, fault)
        return None
    return Pair(row.place, (first, second), result)


def _number(value: Any) -> float | None:
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _category(value: Any, rename: Mapping[str, str]) -> str | None:
    if not isinstance(value, str | int | float):
        return None
    name = str(value).lower() if isinstance(value, bool) else str(value).strip()
    return rename.get(name, name) or None
