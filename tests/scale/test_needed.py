"""A missing library is told with what installs it."""

from spacy_bert_ext.scale.needed import needs
from tests.coded import raises_code


def test_a_missing_library_is_told() -> None:
    needs("spacy", "ray", "Docs")
    with raises_code("B534", ImportError, match=r"Parquet files: the library nowhere is.*spacy-bert-ext\[parquet\]"):
        needs("nowhere", "parquet", "Parquet files")
