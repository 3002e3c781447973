"""spaCy's tagger, which listens by spacy-transformers' TransformerListener, beside a head of ours."""

from pathlib import Path

import pytest
import spacy
from spacy.language import Language

from tests.interop.spacy_heads import TRANSFORMER_LISTENER, make_initialized
from tests.interop.treebank import treebank_examples
from tests.pipeline.pipelines import learn


@pytest.fixture(scope="session")
def listening_folder(bert_folder: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Trained. Not to be written into."""
    nlp = make_initialized(bert_folder, ("tagger", "bert_ner"), listener=TRANSFORMER_LISTENER)
    learn(nlp, treebank_examples(nlp), steps=30)
    folder = tmp_path_factory.mktemp("listening")
    nlp.to_disk(folder)
    return folder


@pytest.fixture
def listening(listening_folder: Path) -> Language:
    return spacy.load(listening_folder)
