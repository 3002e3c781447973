from pathlib import Path

import pytest
from thinc.api import Config

from tests.training.resuming.runs import make_config, write_corpus
from tests.training.resuming.signals import heard_signals  # noqa: F401


@pytest.fixture
def config(bert_folder: str, tmp_path: Path) -> Config:
    return make_config(bert_folder, write_corpus(tmp_path / "corpus.spacy"))
