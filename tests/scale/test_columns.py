"""Plain values of what stands on a Doc."""

import os
import subprocess
import sys

import spacy
from spacy.tokens import Doc, Span, SpanGroup

from spacy_bert_ext.pipeline.pairs.numbers import PAIR_SCORE
from spacy_bert_ext.pipeline.scores import add_scores, define_score
from spacy_bert_ext.pipeline.summaries.extensions import define_summaries
from spacy_bert_ext.scale.columns import COLUMNS


def make_doc() -> Doc:
    define_score()
    doc = Doc(spacy.blank("en").vocab, words=["Ada", "👩", "Rome"], spaces=[True, True, False])
    doc.ents = [Span(doc, 0, 1, label="PERSON"), Span(doc, 2, 3, label="GPE")]
    doc.spans["answers"] = [Span(doc, 2, 3, label="where")]
    doc.spans["sc"] = SpanGroup(doc, name="sc", spans=[Span(doc, 0, 2, label="X")])
    doc.cats = {"b": 1, "a": 0.25}
    add_scores(doc, [(0, 0, "PERSON", 0.5)])
    return doc


ADA = {"start": 0, "end": 3, "label": "PERSON", "text": "Ada", "score": 0.5}
ROME = {"start": 6, "end": 10, "label": "GPE", "text": "Rome", "score": None}
WHERE = {**ROME, "label": "where"}


def test_each_column_has_plain_values() -> None:
    doc = make_doc()
    found = {name: column.value(doc) for name, column in COLUMNS.items() if name != "doc"}
    assert not found.pop("summary")  # None, or the "" of a Doc where components that write it were loaded
    assert found == {
        "ents": [ADA, ROME],
        "spans": [
            {"key": "answers", **WHERE},
            {"key": "sc", "start": 0, "end": 5, "label": "X", "text": "Ada 👩", "score": None},
        ],
        "cats": [{"label": "b", "score": 1.0}, {"label": "a", "score": 0.25}],
        "answers": [WHERE],
        "pair_score": None,
    }


def test_answers_summaries_and_numbers_of_pairs_may_be_missing() -> None:
    define_summaries()
    if not Doc.has_extension(PAIR_SCORE):
        Doc.set_extension(PAIR_SCORE, default=None)
    doc = Doc(spacy.blank("en").vocab, words=["Ada"])
    assert COLUMNS["answers"].value(doc) == [] and not COLUMNS["summary"].value(doc)
    doc._.set(PAIR_SCORE, 3)
    assert COLUMNS["pair_score"].value(doc) == 3.0


def test_a_doc_comes_back_from_its_bytes() -> None:
    doc = make_doc()
    back = Doc(spacy.blank("en").vocab).from_bytes(COLUMNS["doc"].value(doc))
    assert {name: column.value(back) for name, column in COLUMNS.items()} == {
        name: column.value(doc) for name, column in COLUMNS.items()
    }


def test_bytes_are_the_same_in_each_process() -> None:
    code = (
        "from tests.scale.test_columns import *; import hashlib; "
        "print(hashlib.sha256(COLUMNS['doc'].value(make_doc())).hexdigest())"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(printed) == 1
