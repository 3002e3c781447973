"""Prediction by ONNX Runtime."""

import pytest
import torch

from spacy_bert_ext.encoder.backends.onnx_backend import OnnxPredictor
from spacy_bert_ext.encoder.backends.torch_backend import TorchPredictor
from tests.coded import raises_code
from tests.encoder.backends.int8_encoders import LINES, int8_bert, make_int8
from tests.tiny import make_docs, make_encoder

for package in ("onnxruntime", "onnx", "nncf"):
    pytest.importorskip(package)
DOCS = make_docs(*LINES)


def test_int8_is_near_the_weights(bert_folder):
    expected, model = make_encoder(bert_folder).predict(DOCS), int8_bert(bert_folder, "onnx")
    assert isinstance(model.shims[0].predictor(), OnnxPredictor)
    found = model.predict(DOCS)
    assert torch.cosine_similarity(found.piece_vectors, expected.piece_vectors).mean() > 0.98


def test_it_gives_the_same_alone_and_in_company(bert_folder):
    model = int8_bert(bert_folder, "onnx")
    together = model.predict(DOCS).piece_vectors
    assert torch.equal(together, torch.cat([model.predict([doc]).piece_vectors for doc in DOCS]))


def test_without_int8_torch_predicts_and_says_so(bert_folder):
    model = make_encoder(bert_folder, backend="onnx")
    with pytest.warns(UserWarning, match=r"\[B369\].*no int8 files.*quantize"):
        assert isinstance(model.shims[0].predictor(), TorchPredictor)


def test_a_graph_that_cant_be_read_or_is_of_another_encoder(bert_folder):
    model = make_int8(bert_folder, "onnx")
    backend, weights = model.shims[0].loaded.backend, model.shims[0].weights()
    whole = backend.int8.files["model.onnx"]
    backend.int8.files["model.onnx"] = whole[: len(whole) // 2]
    with raises_code("B364"):
        backend.predictor(weights)
    backend.int8.files["model.onnx"] = with_a_tensor_elsewhere(whole)
    with raises_code("B364", match="other files"):
        backend.predictor(weights)
    backend.int8.files["model.onnx"] = whole
    weights.module.config.hidden_size = 16
    with raises_code("B364", match="16 numbers"):
        backend.predictor(weights)


def with_a_tensor_elsewhere(content: bytes) -> bytes:
    import onnx

    model = onnx.load_from_string(content)
    tensor = model.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../etc/hostname")
    return model.SerializeToString()
