import pytest

from spacy_bert_ext.encoder.model import EncoderModel
from tests.tiny import make_encoder


@pytest.fixture
def encoder(bert_folder) -> EncoderModel:
    return make_encoder(bert_folder)
