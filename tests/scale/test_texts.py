"""What is a text, and what each kind of value that is none is told to be."""

import numpy as np
import pytest

from spacy_bert_ext.scale.texts import checked, readable

MOST = 10


@pytest.mark.parametrize("value", ["", "Ada", "é\U0001f600", b"Ada", np.str_("Ada"), np.bytes_(b"Ada"), "x" * MOST])
def test_texts_and_bytes_of_utf8_are_texts(value: object) -> None:
    expected = value.decode("utf8") if isinstance(value, bytes) else str(value)
    assert checked(value, MOST) == (expected, None)
    assert type(checked(value, MOST).text) is str


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (None, "no text: the value is missing"),
        (float("nan"), "no text: the value is missing"),
        (np.float32("nan"), "no text: the value is missing"),
        (3.5, "no text, but of type float: 3.5"),
        (7, "no text, but of type int: 7"),
        (["a"], "no text, but of type list: ['a']"),
        (b"ab\xff", "no UTF-8: byte 0xff at byte 2"),
        (b"ab\xff".decode("utf8", "surrogateescape"), "no UTF-8: byte 0xff at character 2"),
        ("a\ud83d", "no UTF-8: half of a surrogate pair at character 1"),
        ("x" * (MOST + 1), "too long: 11 characters, of 10 at most (`max_chars`)"),
    ],
)
def test_what_is_no_text_is_told(value: object, fault: str) -> None:
    assert checked(value, MOST) == ("", fault)


def test_pandas_missing_values_are_missing() -> None:
    pandas = pytest.importorskip("pandas")
    for value in (pandas.NA, pandas.NaT):
        assert checked(value, MOST).fault == "no text: the value is missing"


def test_what_is_no_unicode_is_made_readable() -> None:
    assert readable("é\udcff!") == "é\ufffd!" and readable("abc") == "abc"
