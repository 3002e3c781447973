"""Prediction by OpenVINO: the weights as they are, and int8."""

import copy
import pickle
from importlib.util import find_spec

import pytest
import torch

from spacy_bert_ext.encoder.backends.openvino_backend import OpenVinoPredictor, filled_windows
from spacy_bert_ext.encoder.inputs import Inputs
from spacy_bert_ext.encoder.model import encode_docs
from spacy_bert_ext.encoder.shim import EncoderShim
from tests.coded import raises_code
from tests.encoder.backends.int8_encoders import LINES, int8_bert, make_int8
from tests.tiny import make_docs, make_encoder

pytest.importorskip("openvino")
needs_nncf = pytest.mark.skipif(not find_spec("nncf"), reason="needs nncf")
DOCS = make_docs(*LINES)


def test_it_computes_what_torch_does(any_folder):
    expected, model = make_encoder(any_folder).predict(DOCS), make_encoder(any_folder, backend="openvino")
    found = model.predict(DOCS)
    assert isinstance(model.shims[0].predictor(), OpenVinoPredictor)
    torch.testing.assert_close(found.piece_vectors, expected.piece_vectors, atol=2e-4, rtol=0)
    torch.testing.assert_close(found.window_vectors, expected.window_vectors, atol=2e-4, rtol=0)


def test_layers_and_pooler(any_folder):
    plain, model = make_encoder(any_folder), make_encoder(any_folder, backend="openvino")
    expected, found = (encode_docs(one, DOCS, mean_layers=[0, 1, -1]).for_docs for one in (plain, model))
    torch.testing.assert_close(found.layer_means, expected.layer_means, atol=2e-4, rtol=0)
    torch.testing.assert_close(found.window_means, expected.window_means, atol=2e-4, rtol=0)
    assert (found.pooler_output is None) == (expected.pooler_output is None)
    if expected.pooler_output is not None:
        torch.testing.assert_close(found.pooler_output, expected.pooler_output, atol=2e-4, rtol=0)


def test_weights_that_change_are_converted_again(bert_folder):
    model = make_encoder(bert_folder, backend="openvino")
    before = model.predict(DOCS).piece_vectors
    shim = model.shims[0]
    with torch.no_grad():
        shim.module.encoder.layer[0].output.dense.weight *= -1
    shim.version += 1
    assert (model.predict(DOCS).piece_vectors - before).abs().max() > 0.01


@needs_nncf
def test_int8_is_near_the_weights_and_small(bert_folder):
    expected, model = make_encoder(bert_folder).predict(DOCS), int8_bert(bert_folder, "openvino")
    found = model.predict(DOCS).piece_vectors
    assert torch.cosine_similarity(found, expected.piece_vectors).mean() > 0.98
    assert model.shims[0].module.get_input_embeddings().weight.is_meta


@needs_nncf
@pytest.mark.parametrize("how", [copy.deepcopy, lambda shim: pickle.loads(pickle.dumps(shim)), None])
def test_int8_copies_pickles_and_travels_as_bytes(bert_folder, how):
    model = int8_bert(bert_folder, "openvino")
    shim = model.shims[0]
    other = EncoderShim(shim.settings).from_bytes(shim.to_bytes()) if how is None else how(shim)
    assert other.weights_checksum() == shim.weights_checksum() is not None
    twin = model.copy()
    twin.shims[0] = other
    assert torch.equal(twin.predict(DOCS).piece_vectors, model.predict(DOCS).piece_vectors)


@needs_nncf
def test_int8_gives_the_same_alone_and_in_company(bert_folder):
    model = int8_bert(bert_folder, "openvino")
    together = model.predict(DOCS).piece_vectors
    alone = torch.cat([model.predict([doc]).piece_vectors for doc in DOCS])
    assert torch.equal(together, alone)


@needs_nncf
def test_int8_is_not_trained_nor_exported(bert_folder):
    model = int8_bert(bert_folder, "openvino")
    with raises_code("B362", match="trained"):
        model.begin_update(DOCS)
    with raises_code("B362", match="exported"):
        model.shims[0].plain_module()


@needs_nncf
def test_files_of_other_weights_are_not_used(bert_folder, tmp_path):
    int8 = int8_bert(bert_folder, "openvino").shims[0].loaded.backend.int8
    model = make_encoder(bert_folder, backend="openvino")
    shim = model.shims[0]
    shim.loaded.backend.int8 = int8
    assert isinstance(shim.predictor(), OpenVinoPredictor)
    with torch.no_grad():
        shim.module.embeddings.word_embeddings.weight += 1
    shim.version += 1
    with pytest.warns(UserWarning, match=r"\[B369\].*changed since"):
        predictor = shim.predictor()
    assert not isinstance(predictor, OpenVinoPredictor)
    shim.save(tmp_path)
    assert not (tmp_path / "openvino.json").exists() and (tmp_path / "model.safetensors").exists()


@needs_nncf
def test_a_graph_that_cant_be_read_or_is_of_another_encoder(bert_folder):
    model = make_int8(bert_folder, "openvino")
    backend, weights = model.shims[0].loaded.backend, model.shims[0].weights()
    whole = dict(backend.int8.files)
    backend.int8.files["openvino_model.xml"] = whole["openvino_model.xml"][:1000]
    with raises_code("B364"):
        backend.predictor(weights)
    backend.int8.files.update(whole)
    weights.module.config.hidden_size = 16
    with raises_code("B364", match="16 numbers"):
        backend.predictor(weights)


@pytest.mark.parametrize(
    ("n_windows", "expected"), [(1, 1), (7, 7), (8, 8), (9, 10), (15, 16), (17, 20), (33, 40), (64, 64), (65, 80)]
)
def test_batches_come_in_few_sizes(n_windows, expected):
    assert filled_windows(n_windows) == expected
    assert len({filled_windows(n) for n in range(1, 513)}) == 32


def test_windows_that_fill_up_a_batch_do_not_come_out(bert_folder):
    predictor = make_encoder(bert_folder, backend="openvino").shims[0].predictor()
    ids = torch.arange(5, 5 + 9 * 6).view(9, 6) % 20 + 5
    whole = predictor(Inputs(ids, torch.ones_like(ids))).last_hidden_state
    assert whole.shape[:2] == (9, 6)
    for i in range(9):
        alone = predictor(Inputs(ids[i : i + 1], torch.ones_like(ids[:1]))).last_hidden_state
        torch.testing.assert_close(alone[0], whole[i], atol=1e-5, rtol=0)
