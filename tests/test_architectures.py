"""What architectures refuse; what they read is in `test_config.py`."""

import pytest

from spacy_bert_ext.architectures import build_text_classifier_v1, build_token_classifier_v1
from spacy_bert_ext.encoder.model import EncoderModel
from tests.tiny import make_encoder


@pytest.fixture
def encoder(bert_folder) -> EncoderModel:
    return make_encoder(bert_folder)


@pytest.mark.parametrize("build", [build_token_classifier_v1, build_text_classifier_v1])
@pytest.mark.parametrize("dropout", [-0.1, 1.0])
def test_a_dropout_that_is_no_share_is_refused(encoder, build, dropout):
    with pytest.raises(ValueError, match=r"B012.*`dropout = "):
        build(encoder, dropout=dropout)


def test_poolings_of_the_other_head_are_refused(encoder):
    with pytest.raises(ValueError, match=r"B010.*'attention'.*`pooling`"):
        build_token_classifier_v1(encoder, pooling="attention")
    with pytest.raises(ValueError, match=r"B010.*'first'.*`pooling`"):
        build_text_classifier_v1(encoder, pooling="first")
