"""Pairs of texts."""

import re
from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy.tokens import Doc

from spacy_bert_ext.conversion.findings import Findings
from spacy_bert_ext.conversion.pairs import PairOptions, convert_pairs
from tests.conversion.written import given, write_lines

NLP = spacy.blank("en")


def convert(path: Path, **options: Any) -> tuple[list[Doc], Findings]:
    findings = Findings()
    return list(convert_pairs(path, NLP, PairOptions(**options), findings)), findings


def lines(tmp_path: Path, *rows: tuple[Any, Any, Any]) -> Path:
    return write_lines(tmp_path / "p.jsonl", [dict(zip(("text1", "text2", "label"), row)) for row in rows])


def test_categories(tmp_path: Path) -> None:
    docs, findings = convert(lines(tmp_path, ("A b", "C", "yes"), ("D", "E", 0), ("F", "G", True)), rename={"0": "no"})
    assert [doc.text for doc in docs] == ["A b", "D", "F"] and [given(doc, "pair") for doc in docs] == ["C", "E", "G"]
    assert [doc.cats for doc in docs] == [
        {"no": 0.0, "true": 0.0, "yes": 1.0},
        {"no": 1.0, "true": 0.0, "yes": 0.0},
        {"no": 0.0, "true": 1.0, "yes": 0.0},
    ]
    assert findings.counts == {"yes": 1, "no": 1, "true": 1}


def test_numbers(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text('score,a,b\n4.5,"x, y",z\n')
    docs, _ = convert(path, columns=("a", "b", "score"), number=True)
    assert docs[0].text == "x, y" and given(docs[0], "pair_score") == 4.5 and not docs[0].cats


@pytest.mark.parametrize(
    ("row", "number", "reason"),
    [
        ((" ", "b", "x"), False, "'text1' is empty"),
        (("a", "", "x"), False, "'text2' is empty"),
        (("a", "b", None), False, "'label' is None: no category"),
        (("a", "b", " "), False, "'label' is ' ': no category"),
        (("a", "b", "x"), True, "'label' is 'x': no number"),
        (("a", "b", "nan"), True, "'label' is 'nan': no number"),
        (("a", "b", True), True, "'label' is True: no number"),
        (("a", "b", [1]), True, r"'label' is \[1\]: no number"),
    ],
)
def test_what_is_left_out(tmp_path: Path, row: tuple[Any, Any, Any], number: bool, reason: str) -> None:
    docs, findings = convert(lines(tmp_path, row, ("a", "b", 1)), number=number)
    assert len(docs) == 1 and findings.counts["pairs left out"] == 1
    assert re.fullmatch(reason, findings.faults[0].reason) and findings.faults[0].place.endswith("line 1")


def test_columns_are_three_and_there(tmp_path: Path) -> None:
    path = lines(tmp_path, ("a", "b", "c"))
    with pytest.raises(ValueError, match="B480.*a,b"):
        convert(path, columns=("a", "b"))
    with pytest.raises(ValueError, match="B476.*line 1: there is no 'x', only text1, text2, label"):
        convert(path, columns=("x", "text2", "label"))
