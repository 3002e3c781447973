"""`Annotate` on each form of batch: as `nlp.pipe`, from one load, and bad rows cost themselves."""

import pickle
from pathlib import Path

import numpy as np
import pytest
from spacy.language import Language
from spacy.tokens import Doc

from spacy_bert_ext.scale import Annotate
from spacy_bert_ext.scale.columns import COLUMNS
from spacy_bert_ext.scale.loading import loaded_here
from tests.annotated import TEXTS
from tests.coded import raises_code

ROWS = [TEXTS[0], None, TEXTS[1], b"\xff", TEXTS[2]]
FILLED = ("ents", "cats")


@pytest.fixture
def expected(shared_trained: Language) -> list:
    """By column the values of `ROWS`."""
    docs = list(shared_trained.pipe(TEXTS))
    of_texts = [[COLUMNS[name].value(doc) for doc in docs] for name in FILLED]
    return [[first, None, second, None, third] for first, second, third in of_texts]


ERRORS = [None, "no text: the value is missing", None, "no UTF-8: byte 0xff at byte 0", None]


def test_a_dict_of_arrays(trained_folder: Path, expected: list) -> None:
    given = {"id": np.arange(5), "text": np.array(ROWS, dtype=object)}
    found = Annotate(trained_folder, columns=FILLED)(given)
    assert list(found) == ["id", "text", "ents", "cats", "error"]
    assert [found[name].tolist() for name in FILLED] == expected and found["error"].tolist() == ERRORS


def test_a_frame(trained_folder: Path, expected: list) -> None:
    pandas = pytest.importorskip("pandas")
    annotate = Annotate(trained_folder, "body", FILLED, prefix="bert_")
    frame = pandas.DataFrame({"body": ROWS})
    found = annotate(frame)
    assert list(found.columns) == ["body", "bert_ents", "bert_cats", "bert_error"]
    assert [found[f"bert_{name}"].tolist() for name in FILLED] == expected
    assert found["bert_error"].tolist() == ERRORS
    assert [one.equals(found) for one in annotate.each([frame, frame])] == [True, True]


def test_a_table(trained_folder: Path, expected: list) -> None:
    pa = pytest.importorskip("pyarrow")
    annotate = Annotate(trained_folder, columns=FILLED)
    rows = [row.encode() if isinstance(row, str) else row for row in ROWS]
    table = pa.table({"text": pa.array(rows, pa.binary())})
    found = annotate(table)
    assert [found[name].to_pylist() for name in FILLED] == expected and found["error"].to_pylist() == ERRORS
    assert found.schema == annotate.arrow_schema(table.schema)
    assert annotate.arrow_schema().names == ["ents", "cats", "error"]


def test_batches_without_rows(trained_folder: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    annotate = Annotate(trained_folder)
    empty = annotate(pa.table({"text": pa.array([], pa.string())}))
    assert empty.num_rows == 0 and empty.schema.names == ["text", "ents", "cats", "doc", "error"]
    assert annotate({"text": []})["ents"].shape == (0,)


def test_it_is_pickled_without_the_pipeline_which_is_loaded_once(trained_folder: Path) -> None:
    annotate = Annotate(trained_folder, batch_size=97)
    before = loaded_here.n_loads
    annotate({"text": TEXTS})
    n_loads = loaded_here.n_loads
    data = pickle.dumps(annotate)
    again = pickle.loads(data)({"text": TEXTS})
    assert len(data) < 1000 and n_loads <= before + 1 and loaded_here.n_loads == n_loads
    assert again["doc"].tolist() == annotate({"text": TEXTS})["doc"].tolist()


def test_docs_come_back_from_their_bytes(trained_folder: Path, shared_trained: Language) -> None:
    data = Annotate(trained_folder)({"text": TEXTS})["doc"]
    docs = [Doc(shared_trained.vocab).from_bytes(one) for one in data]
    assert [doc.text for doc in docs] == TEXTS
    assert docs[0].ents[0]._.score == next(shared_trained.pipe(TEXTS)).ents[0]._.score


def test_limits_and_what_heads_read(trained_folder: Path) -> None:
    annotate = Annotate(trained_folder, columns=["doc"], max_chars=40, given={"pair": "second"})
    found = annotate({"text": ["a", "x" * 41], "second": ["b", None]})
    assert found["error"].tolist() == [None, "too long: 41 characters, of 40 at most (`max_chars`)"]
    doc = Doc(annotate.loaded().nlp.vocab).from_bytes(found["doc"][0])
    assert doc.user_data["._.", "pair", None, None] == "b"
    assert annotate.input("x").given == {}


def test_settings_that_are_none_are_told(trained_folder: Path, shared_trained: Language) -> None:
    with raises_code("B010", match="'entities' for `columns`"):
        Annotate(trained_folder, columns=["ents", "entities"])
    with raises_code("B010", match="'ents' for `columns`. Allowed: a list of"):
        Annotate(trained_folder, columns="ents")
    with raises_code("B012", match="max_chars"):
        Annotate(trained_folder, max_chars=0)
    with raises_code("B524", match="English"):
        Annotate(shared_trained)
    with raises_code("B521", match="no column 'second', but text. Set `given`"):
        Annotate(trained_folder, given={"pair": "second"})({"text": ["a"]})
