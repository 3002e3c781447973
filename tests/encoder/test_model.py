"""The encoder as a Model."""

import pytest

from spacy_bert_ext.encoder.model import (
    bert_encoder,
)
from tests.tiny import encoder_settings, make_docs


def test_a_model_without_weights_says_so(bert_folder):
    with pytest.raises(ValueError, match="B021"):
        bert_encoder(encoder_settings(bert_folder)).predict(make_docs("the"))
