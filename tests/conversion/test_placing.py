"""Marks on tokens."""

import pytest
import spacy
from spacy.tokens import Doc

from spacy_bert_ext.conversion.findings import Findings
from spacy_bert_ext.conversion.placing import placed_marks, span_of
from spacy_bert_ext.conversion.records import Mark, Record

TEXT = "Ada Lovelace saw\n\nRome ."


@pytest.fixture
def doc() -> Doc:
    return spacy.blank("en")(TEXT)


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        (0, 12, "Ada Lovelace"),
        (0, 13, "Ada Lovelace"),  # a blank at its end
        (3, 12, "Lovelace"),
        (16, 22, "Rome"),
        (13, 22, "saw\n\nRome"),
    ],
)
def test_a_mark_without_the_white_space_around_it(doc: Doc, start: int, end: int, found: str) -> None:
    span = span_of(doc, Mark(start, end, "X"), snap=False)
    assert not isinstance(span, str) and (span.text, span.label_) == (found, "X")


@pytest.mark.parametrize(
    ("mark", "reason"),
    [
        (Mark(1, 3, "X"), r"does not fit the tokens \['Ada'\]; `--snap`"),
        (Mark(1, 5, "X"), r"does not fit the tokens \['Ada', 'Lovelace'\]"),
        (Mark(0, 99, "X"), "it ends at 99, outside of the text of 24 characters"),
        (Mark(-1, 3, "X"), "outside"),
        (Mark(3, 3, "X"), "it is empty"),
        (Mark(5, 3, "X"), "it is empty"),
        (Mark(16, 18, "X"), "it is white space"),
        (Mark(0, 3, " "), "it has no label"),
    ],
)
def test_why_a_mark_has_no_span(doc: Doc, mark: Mark, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        raise ValueError(span_of(doc, mark, snap=False))


def test_snapping_widens_to_whole_tokens(doc: Doc) -> None:
    span = span_of(doc, Mark(1, 5, "X"), snap=True)
    assert not isinstance(span, str) and span.text == "Ada Lovelace"


def test_all_marks_are_counted(doc: Doc) -> None:
    marks = (Mark(0, 3, "A"), Mark(0, 3, "A", 0.5), Mark(0, 3, "B"), Mark(1, 3, "A"))
    findings = Findings()
    placed = list(placed_marks(doc, Record("f, line 3", TEXT, marks), findings, snap=False))
    assert [one.span and one.span.text for one in placed] == ["Ada", "Ada", None]
    assert findings.counts == {"spans": 2, "spans given twice": 1, "spans left out": 1}
    ((place, reason),) = findings.faults
    assert place == "f, line 3" and reason.startswith("A 'da' at 1: it does not fit")


def test_offsets_in_utf16_are_told() -> None:
    doc = spacy.blank("en")("\U0001f600 Ada saw Rome .")
    assert span_of(doc, Mark(3, 6, "X"), snap=False) == "it does not fit the tokens; `--offsets utf16` would fit"
