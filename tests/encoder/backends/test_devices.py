"""Where back ends with int8 compute."""

import pytest
import torch

from spacy_bert_ext.encoder.backends.devices import device_for
from spacy_bert_ext.encoder.backends.registry import new_backend
from tests.coded import raises_code
from tests.tiny import encoder_settings


@pytest.fixture(autouse=True)
def with_gpu(monkeypatch):
    monkeypatch.setattr("spacy_bert_ext.encoder.backends.devices.choose_device", _on_a_gpu)


def _on_a_gpu(name: str) -> torch.device:
    return torch.device("cuda", 0) if name == "auto" else torch.device(name)


def test_int8_is_on_the_cpu_and_torch_predicts_on_a_gpu():
    openvino, plain = new_backend("openvino"), new_backend("torch")
    settings = encoder_settings("name", backend="openvino", device="auto")
    assert device_for(settings, openvino, has_weights=False).type == "cpu"
    assert device_for(settings, openvino, has_weights=True).type == "cuda"
    assert device_for(encoder_settings("name", device="cuda:0"), plain, has_weights=True).type == "cuda"


def test_a_gpu_that_was_asked_for_is_refused():
    settings = encoder_settings("name", backend="openvino", device="cuda:0")
    with raises_code("B365", match="cuda:0.*cpu"):
        device_for(settings, new_backend("openvino"), has_weights=True)
