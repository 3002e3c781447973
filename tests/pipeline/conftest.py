"""A pipeline that has learned three texts, made once and loaded from its folder by each test that changes it."""

from pathlib import Path

import pytest
import spacy
from spacy.language import Language

from tests.pipeline.pipelines import learn, make_initialized


@pytest.fixture(scope="session")
def trained_folder(bert_folder: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Encoder, entities and both kinds of categories. Not to be written into."""
    nlp = make_initialized(bert_folder)
    learn(nlp)
    folder = tmp_path_factory.mktemp("pipelines") / "trained"
    nlp.to_disk(folder)
    return folder


@pytest.fixture
def trained(trained_folder: Path) -> Language:
    return spacy.load(trained_folder)


@pytest.fixture(scope="session")
def shared_trained(trained_folder: Path) -> Language:
    """The same, not to be changed."""
    return spacy.load(trained_folder)
