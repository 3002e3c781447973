"""What is done with weights before they learn."""

import pytest

from spacy_bert_ext.encoder.freezing import Freezing
from spacy_bert_ext.encoder.loaded import prepare_to_train
from tests.coded import raises_code
from tests.tiny import encoder_settings, make_encoder


@pytest.mark.parametrize("freeze, learning", [("none", True), ("all", False)])
def test_what_is_frozen_does_not_learn(bert_folder, freeze, learning):
    module = make_encoder(bert_folder).shims[0].module
    prepare_to_train(module, encoder_settings(bert_folder, freeze=freeze), Freezing(module, freeze, None))
    assert module.training and all(weight.requires_grad == learning for weight in module.encoder.parameters())


def test_lora_needs_a_layer(bert_folder):
    module = make_encoder(bert_folder).shims[0].module
    settings = encoder_settings(bert_folder, freeze="all", lora_rank=4)
    with raises_code("B082"):
        prepare_to_train(module, settings, Freezing(module, "all", None))
