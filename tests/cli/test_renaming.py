"""`--rename`."""

import pytest

from spacy_bert_ext.cli.renaming import read_renamed
from tests.coded import raises_code


def test_pairs() -> None:
    assert read_renamed(["0 = bad", "1=good"]) == {"0": "bad", "1": "good"} and read_renamed([]) == {}


@pytest.mark.parametrize("wrong", ["0", "0=1=2"])
def test_no_pair(wrong: str) -> None:
    with raises_code("B010", match=f"'{wrong}'.*--rename.*OLD=NEW"):
        read_renamed(["a=b", wrong])
