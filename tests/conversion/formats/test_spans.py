"""Offsets of all units, and spans that can't be marks."""

from typing import Any

import pytest

from spacy_bert_ext.conversion.findings import Findings
from spacy_bert_ext.conversion.formats.options import ReadOptions
from spacy_bert_ext.conversion.formats.spans import (
    FoundSpan,
    MarkReader,
    Offsets,
    found_span,
    is_same_text,
    label_name,
    score_of,
    whole_number,
)
from spacy_bert_ext.conversion.records import Mark

TEXT = "a😀é Ada"  # Ada: characters 4 to 7, UTF-16 5 to 8, bytes 8 to 11


def marks(*spans: FoundSpan, unit: str = "characters", text: str = TEXT) -> tuple[tuple[Mark, ...], Findings]:
    findings = Findings()
    return MarkReader("here", text, ReadOptions(offsets=unit), findings).read(spans), findings


@pytest.mark.parametrize(("unit", "start"), [("characters", 4), ("utf16", 5), ("bytes", 8)])
def test_units(unit: str, start: int) -> None:
    found, findings = marks(FoundSpan(start, start + 3, "PER", 0.5, "Ada"), unit=unit)
    assert found == (Mark(4, 7, "PER", 0.5),) and not findings.faults


def test_places_within_characters_are_none() -> None:
    assert [Offsets(TEXT, "utf16").at(i) for i in (1, 2, 3)] == [1, None, 2]
    assert [Offsets(TEXT, "bytes").at(i) for i in (1, 2, 5, 6, 7)] == [1, None, 2, None, 3]
    assert [Offsets(TEXT, "characters").at(i) for i in (-1, 7, 8)] == [None, 7, None]
    with pytest.raises(ValueError, match="B010.*--offsets.*utf16"):
        Offsets("", "words")


@pytest.mark.parametrize(
    ("span", "reason"),
    [
        (FoundSpan(5, 8, "PER", text="Ada"), "does not lie in the text of 7 characters; `--offsets utf16` would fit"),
        (FoundSpan(5, 8, "PER"), "does not lie in the text of 7 characters; `--offsets utf16` would fit"),
        (FoundSpan(1, 3, "PER", text="Ada"), "the text has '😀é' there, and the span says 'Ada'"),
        (FoundSpan(3, 1, "PER"), "does not lie in the text"),
        (FoundSpan(1, 1, "PER"), "is empty"),
        (FoundSpan("x", 1, "PER"), "no whole numbers"),
        (FoundSpan(0, 1, None), "has the label None"),
        (FoundSpan(0, 1, " "), "has the label ' '"),
    ],
)
def test_what_is_no_mark_is_left_out(span: FoundSpan, reason: str) -> None:
    found, findings = marks(span)
    assert found == () and findings.counts == {"spans left out": 1}
    assert findings.faults[0].place == "here" and reason in findings.faults[0].reason


def test_other_units_are_told_where_they_fit() -> None:
    _, findings = marks(FoundSpan(5, 7, "PER", text="Ad"), text=TEXT + " b")
    assert findings.faults[0].reason.endswith("`--offsets utf16` would fit")


def test_marks_are_there_once() -> None:
    assert marks(FoundSpan(0, 1, "a"), FoundSpan(0, 1, "b"), FoundSpan(0, 1, "a", 0.1))[0] == (
        Mark(0, 1, "a"),
        Mark(0, 1, "b"),
    )


@pytest.mark.parametrize(
    ("value", "label", "number", "score"),
    [(True, None, None, None), (1, "1", 1, 1.0), ("2", "2", 2, None), (0.5, None, None, 0.5), (2.0, None, 2, None)],
)
def test_values(value: Any, label: str | None, number: int | None, score: float | None) -> None:
    assert label_name(value) == label and whole_number(value) == number and score_of(value) == score


def test_forms() -> None:
    assert found_span([0, 1, "a"]) == FoundSpan(0, 1, "a")
    assert found_span({"start_offset": 0, "end_offset": 1, "label": "a"}) == FoundSpan(0, 1, "a")
    assert found_span({"start": 0, "end": 1, "label": "a", "score": 1, "text": "x"}) == FoundSpan(0, 1, "a", 1, "x")
    assert found_span("x") is None
    assert is_same_text("a\nb", "a b") and is_same_text("a\nb", "a\\nb") and not is_same_text("a", "b")
