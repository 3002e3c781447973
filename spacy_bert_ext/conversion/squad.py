"""Texts with questions: SQuAD's JSON, 1.1 and 2.0, and rows of `context`, `question` and `answers`."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, groupby
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import Errors
from .json_values import read_values
from .sources import Row, list_of, row_of, shown, text_of, value_of

STARTS = ("answer_start", "start")


class SourceAnswer(NamedTuple):
    """start: Its first character in the text. No more is known of it than that these are a text and a number."""

    text: str
    start: int


@dataclass(frozen=True)
class SourceQuestion:
    """name: None if it has no id. fault: Why it can't be used, of what the file says of it; empty if it can."""

    place: str
    name: str | None
    text: str
    answers: list[SourceAnswer]
    fault: str = ""


@dataclass(frozen=True)
class AskedText:
    context: str
    questions: list[SourceQuestion] = field(default_factory=list)


def read_asked_texts(path: Path) -> Iterator[AskedText]:
    """RAISES (ValueError): What is in the file is neither SQuAD's JSON nor such rows. RAISES (OSError): No file."""
    values = read_values(path)
    first = next(values, None)
    if first is None:
        return
    if isinstance(first.value, dict) and "data" in first.value:
        yield from _read_squad(path, first.value)
        return
    rows = map(row_of, chain([first], values))
    for context, group in groupby(rows, key=lambda row: text_of(row.place, row.values, "context")):
        yield AskedText(context, [_question_of_row(row) for row in group])


def _read_squad(path: Path, found: dict[str, Any]) -> Iterator[AskedText]:
    for i, article in enumerate(list_of(str(path), found, "data"), 1):
        title = article.get("title") if isinstance(article, dict) else None
        of_article = f"{path}, article {i}" + (f" ({title})" if title else "")
        for j, paragraph in enumerate(list_of(of_article, article, "paragraphs"), 1):
            place = f"{of_article}, paragraph {j}"
            context = text_of(place, paragraph, "context")
            yield AskedText(context, [_question(place, qa) for qa in list_of(place, paragraph, "qas")])


def _question_of_row(row: Row) -> SourceQuestion:
    return _question(row.place, row.values)


def _question(place: str, values: Any) -> SourceQuestion:
    text = text_of(place, values, "question")
    found = values.get("id")
    name = None if found in (None, "") else str(found)
    if name is not None:
        place = f"{place}, id {name}"
    answers = _answers(place, value_of(place, values, "answers"))
    fault = ""
    impossible = values.get("is_impossible")
    if impossible is True and answers:
        fault = "`is_impossible` is true, but it has answers"
    elif impossible is False and not answers:
        fault = "`is_impossible` is false, but it has no answers"
    return SourceQuestion(place, name, text, answers, fault=fault)


def _answers(place: str, found: Any) -> list[SourceAnswer]:
    """Of a list of objects, or of an object of lists, as the `datasets` library writes them."""
    if isinstance(found, dict):
        texts = list_of(place, found, "text")
        starts = list_of(place, found, _start_key(place, found))
        if len(texts) != len(starts):
            raise ValueError(Errors.B477.format(place=place, found=shown(found), allowed="as many texts as starts"))
        found = [{"text": text, "start": start} for text, start in zip(texts, starts, strict=True)]
    if not isinstance(found, list):
        raise ValueError(Errors.B477.format(place=f"{place}, 'answers'", found=shown(found), allowed="a list"))
    return [SourceAnswer(text_of(place, answer, "text"), _start(place, answer)) for answer in found]


def _start(place: str, answer: dict[str, Any]) -> int:
    key = _start_key(place, answer)
    start = answer[key]
    if not isinstance(start, int) or isinstance(start, bool):
        raise ValueError(Errors.B477.format(place=f"{place}, {key!r}", found=shown(start), allowed="a whole number"))
    return start


def _start_key(place: str, answer: dict[str, Any]) -> str:
    key = next((key for key in STARTS if key in answer), None)
    if key is None:
        raise ValueError(Errors.B476.format(place=place, name=STARTS[0], found=", ".join(map(str, answer))))
    return key
