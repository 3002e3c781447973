"""What back ends with graphs share: torch predicts where they can't."""

import pytest
import torch

from spacy_bert_ext.encoder.backends.graph_backend import GraphBackend
from spacy_bert_ext.encoder.backends.registry import new_backend
from spacy_bert_ext.encoder.backends.torch_backend import TorchPredictor
from tests.tiny import make_encoder


@pytest.mark.parametrize("name", ["openvino", "onnx"])
def test_on_a_gpu_torch_predicts(bert_folder, name):
    weights = make_encoder(bert_folder).shims[0].weights()._replace(device=torch.device("cuda", 0))
    backend = new_backend(name)
    assert isinstance(backend, GraphBackend)
    with pytest.warns(UserWarning, match=r"\[B369\].*cuda:0"):
        assert isinstance(backend.predictor(weights), TorchPredictor)
