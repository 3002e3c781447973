from collections.abc import Iterator

import pytest

from spacy_bert_ext.pipeline.spans.attributes import define_attributes
from tests.pipeline.spans.attributed import NAMES, extensions_removed


@pytest.fixture
def no_extensions() -> Iterator[None]:
    with extensions_removed(*NAMES):
        yield


@pytest.fixture
def extensions(no_extensions: None) -> None:
    define_attributes(NAMES, "mine")
