"""Batches of each form: what is read of them, and what comes back."""

import numpy as np
import pytest

from spacy_bert_ext.scale.columns import MARK, TEXT
from spacy_bert_ext.scale.containers import batch_of
from tests.coded import raises_code

MARKS = [{"start": 0, "end": 1, "label": "X", "text": "a", "score": None}]
COLUMNS = {"ents": [MARKS, MARKS], "error": [None, "no text"]}
KINDS = {"ents": MARK, "error": TEXT}


def test_arrays_keep_lists_of_one_length_as_values() -> None:
    given = {"text": np.array(["a", "b"]), "n": np.array([1, 2])}
    assert batch_of(given).values("text") == ["a", "b"]
    found = batch_of(given).with_columns(COLUMNS, KINDS)
    assert list(found) == ["text", "n", "ents", "error"] and list(given) == ["text", "n"]
    assert found["ents"].shape == (2,) and found["ents"][0] == MARKS and found["error"].tolist() == [None, "no text"]


def test_frames_keep_their_index() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"text": ["a", None]}, index=[7, 3])
    assert batch_of(frame).values("text")[0] == "a"
    found = batch_of(frame).with_columns(COLUMNS, KINDS)
    assert list(found.index) == [7, 3] and list(found.columns) == ["text", "ents", "error"]
    assert found["error"].tolist() == [None, "no text"] and list(frame.columns) == ["text"]


def test_tables_and_record_batches_have_our_types() -> None:
    pa = pytest.importorskip("pyarrow")
    table = pa.table({"error": [1, 2], "text": ["a", "b"]}).replace_schema_metadata({"of": "whom"})
    for given in (table, table.to_batches()[0]):
        found = batch_of(given).with_columns(COLUMNS, KINDS)
        assert type(found) is type(given) and found.schema.names == ["error", "text", "ents"]
        assert found.to_pydict() == {"error": [None, "no text"], "text": ["a", "b"], "ents": [MARKS, MARKS]}
        assert found.schema.metadata == {b"of": b"whom"}
        assert found.schema.field("error").type == pa.string()


def test_texts_of_tables_are_read_one_by_one() -> None:
    pa = pytest.importorskip("pyarrow")
    broken = pa.Array.from_buffers(pa.string(), 2, pa.array([b"ok", b"\xff"]).buffers())
    assert batch_of(pa.table({"text": broken})).values("text") == [b"ok", b"\xff"]
    coded = pa.array(["a", "b", "a"]).dictionary_encode()
    assert batch_of(pa.table({"text": coded})).values("text") == [b"a", b"b", b"a"]


def test_what_is_no_batch_is_told() -> None:
    with raises_code("B523", TypeError, match="not list"):
        batch_of(["a"])
    with raises_code("B521", match="no column 'body', but text, id. Set `text`"):
        batch_of({"text": [], "id": []}).read("body", "text")
