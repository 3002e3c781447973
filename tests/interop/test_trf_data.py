"""`doc._.trf_data` knows of which tokens it is."""

from types import SimpleNamespace

import numpy as np
import pytest
from spacy.tokens import Doc
from spacy.vocab import Vocab

from spacy_bert_ext.interop.trf_data import get_data, is_of, set_data, set_extension


@pytest.fixture
def doc() -> Doc:
    return Doc(Vocab(), words=["a", "b"])


def make_data(n_tokens: int) -> SimpleNamespace:
    return SimpleNamespace(align=SimpleNamespace(lengths=np.ones(n_tokens)))


def test_what_is_set_is_found_as_spacy_transformers_does(doc: Doc) -> None:
    set_extension()
    assert get_data(doc) is None
    data = make_data(2)
    set_data(doc, data)
    assert doc._.trf_data is get_data(doc) is data
    set_data(doc, None)
    assert doc._.trf_data is None


def test_data_is_of_the_tokens_that_there_were(doc: Doc) -> None:
    data = make_data(2)
    set_data(doc, data)
    assert is_of(data, doc)
    assert not is_of(data, Doc(doc.vocab, words=["a", "c"]))


@pytest.mark.parametrize(("n_tokens", "expected"), [(2, True), (0, True), (3, False)])
def test_of_what_came_in_bytes_the_number_counts(doc: Doc, n_tokens: int, expected: bool) -> None:
    assert is_of(make_data(n_tokens), doc) is expected
